"use strict";
// Functions of every page: language, elements, requests. A function of one page is in that page.
const TIMEOUT = 30000;
const find = (id) => document.getElementById(id);

const english = () => document.documentElement.lang === "en";
const unbroken = (words) => words?.replace(/ (?=[:;?!%»])|(?<=«) /g, "\u00a0"); // French typography forbids line breaks there
const say = (french, inEnglish) => (english() ? inEnglish : unbroken(french));
const number = (value, options) => new Intl.NumberFormat(say("fr-FR", "en-GB"), options).format(value).replace("-", "\u2212");
const percent = (value, digits = 1) => number(value, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });

function element(tag, className = "", content = [], properties = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  if (className) made.className = className;
  made.append(...[content].flat());
  return made;
}

function picture(tag, attributes = {}, content = []) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...[content].flat());
  return made;
}

// The function may be mounted below a path prefix.
const root = location.origin + location.pathname.replace(/(demo|model\/card)\/*$/, "");
const url = (path) => new URL(path, root);
for (const link of document.querySelectorAll("a.own")) link.href = url(link.getAttribute("href"));

// An error in the language of the page. `faults`: the server's list of invalid places. `again`: whether a retry may help.
class Refusal extends Error {
  constructor(text, { status = 0, body = null } = {}) {
    super(unbroken(text));
    const faults = (body?.errors ?? []).map((one) => ({ ...one, detail: unbroken(one.detail) }));
    Object.assign(this, { status, body, faults, again: status === 0 || status === 429 || status >= 500 });
  }
}

async function ask(path, options = {}) {
  const headers = { "Accept-Language": document.documentElement.lang, ...options.headers };
  let response, body;
  try {
    response = await fetch(url(path), { signal: AbortSignal.timeout(TIMEOUT), ...options, headers });
    body = await (response.ok ? response.json() : response.json().catch(() => null));
  } catch { // also a truncated response, or a proxy's error page
    throw new Refusal(say("Le serveur ne répond pas. Vérifiez la connexion, puis réessayez.", "The server does not answer. Check the connection, then try again."));
  }
  if (response.ok) return body;
  const { status } = response;
  const text = say(`Le serveur a répondu ${status}. Réessayez dans un instant.`, `The server answered ${status}. Try again in a moment.`);
  throw new Refusal(body?.error ?? text, { status, body });
}

const post = (path, value, options = {}) => ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value), ...options });

// Retry buttons, one per `place`. The browser's `online` event presses all of them.
const offered = new Map();
function offer(place, repeat) {
  withdraw(place);
  const button = element("button", "again", say("Réessayer", "Try again"), { type: "button" });
  button.dataset.other = say("Try again", "Réessayer");
  const press = () => {
    withdraw(place);
    repeat();
  };
  button.addEventListener("click", press);
  addEventListener("online", press);
  offered.set(place, { button, press });
  place.append(button);
}
function withdraw(...places) {
  for (const place of places.length ? places : [...offered.keys()]) {
    removeEventListener("online", offered.get(place)?.press);
    offered.get(place)?.button.remove();
    offered.delete(place);
  }
}

// `data-other` has the text in the other language. A click swaps them, so that typed or drawn input is kept.
const PAGES = 'a[data-service], a[href*="model/card"]'; // links to pages in both languages
const speakers = []; // functions that translate what a script has written
const onLanguage = (speak) => speakers.push(speak);
function speak(language) {
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-other]")) [one.textContent, one.dataset.other] = [one.dataset.other, one.textContent];
  const link = document.querySelector("a.language");
  const other = say("en", "fr");
  Object.assign(link, { href: `?lang=${other}`, hreflang: other, lang: other, textContent: say("English", "Français") });
  history.replaceState(null, "", `?lang=${language}`);
  for (const link of document.querySelectorAll(PAGES)) speakLink(link);
  for (const again of speakers) again();
}
function speakLink(link) {
  const target = new URL(link.href);
  target.searchParams.set("lang", document.documentElement.lang);
  if (link.getAttribute("aria-current") !== "page") link.href = target;
}
document.querySelector("a.language").addEventListener("click", (event) => {
  event.preventDefault();
  speak(say("en", "fr"));
});
if (new URLSearchParams(location.search).has("lang")) document.querySelectorAll(PAGES).forEach(speakLink);
