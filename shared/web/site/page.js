"use strict";
// Functions that every page shares: language, elements, requests.
// Timeout of one request, in milliseconds.
const TIMEOUT = 30000;
const find = (id) => document.getElementById(id);

const english = () => document.documentElement.lang === "en";
// French typography: no line break before punctuation or inside « ».
const nonBreaking = (words) => words?.replace(/ (?=[:;?!%»])|(?<=«) /g, "\u00a0");
const say = (french, inEnglish) => (english() ? inEnglish : nonBreaking(french));
const number = (value, options) => new Intl.NumberFormat(say("fr-FR", "en-GB"), options).format(value).replace("-", "\u2212");
const percent = (value, digits = 1) => number(value, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });

function element(tag, className = "", content = [], properties = {}) {
  const node = Object.assign(document.createElement(tag), properties);
  if (className) node.className = className;
  node.append(...[content].flat());
  return node;
}

function svgElement(tag, attributes = {}, content = []) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...[content].flat());
  return node;
}

// The function may be mounted below a path prefix.
const root = location.origin + location.pathname.replace(/(demo|model\/card)\/*$/, "");
const url = (path) => new URL(path, root);
for (const link of document.querySelectorAll("a.own")) link.href = url(link.getAttribute("href"));

// An error message in the page's language. `status` is 0 without a response; `faults` lists the invalid fields (`pointer`, `detail`).
class RequestError extends Error {
  constructor(text, { status = 0, body = null } = {}) {
    super(nonBreaking(text));
    const faults = (body?.errors ?? []).map((item) => ({ ...item, detail: nonBreaking(item.detail) }));
    Object.assign(this, { status, body, faults, retryable: status === 0 || status === 429 || status >= 500 });
  }
}

async function fetchJson(path, options = {}) {
  const headers = { "Accept-Language": document.documentElement.lang, ...options.headers };
  let response, body;
  try {
    response = await fetch(url(path), { signal: AbortSignal.timeout(TIMEOUT), ...options, headers });
    body = await (response.ok ? response.json() : response.json().catch(() => null));
  } catch {
    // Also a truncated response, or the error page of a proxy.
    throw new RequestError(say("Le serveur ne répond pas. Vérifiez la connexion, puis réessayez.", "The server does not answer. Check the connection, then try again."));
  }
  if (response.ok) return body;
  const { status } = response;
  const text = say(`Le serveur a répondu ${status}. Réessayez dans un instant.`, `The server answered ${status}. Try again in a moment.`);
  throw new RequestError(body?.error ?? text, { status, body });
}

const postJson = (path, value, options = {}) => fetchJson(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value), ...options });

// Retry buttons by container, at most one in each. The browser's `online` event presses all of them.
const retryButtons = new Map();
function showRetry(container, repeat) {
  removeRetry(container);
  const button = element("button", "again", say("Réessayer", "Try again"), { type: "button" });
  button.dataset.other = say("Try again", "Réessayer");
  const press = () => {
    removeRetry(container);
    repeat();
  };
  button.addEventListener("click", press);
  addEventListener("online", press);
  retryButtons.set(container, { button, press });
  container.append(button);
}
function removeRetry(...containers) {
  for (const container of containers.length ? containers : [...retryButtons.keys()]) {
    removeEventListener("online", retryButtons.get(container)?.press);
    retryButtons.get(container)?.button.remove();
    retryButtons.delete(container);
  }
}

// `data-other` has the text in the other language. The language link swaps the two without a reload, which keeps typed or drawn input.
// Links to pages in both languages.
const BILINGUAL_LINKS = 'a[data-service], a[href*="model/card"]';
// Called after a change of language to rewrite the text written by scripts.
const languageListeners = [];
const onLanguage = (listener) => languageListeners.push(listener);
function setLanguage(language) {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-other]")) [node.textContent, node.dataset.other] = [node.dataset.other, node.textContent];
  const link = document.querySelector("a.language");
  const other = say("en", "fr");
  Object.assign(link, { href: `?lang=${other}`, hreflang: other, lang: other, textContent: say("English", "Français") });
  history.replaceState(null, "", `?lang=${language}`);
  for (const link of document.querySelectorAll(BILINGUAL_LINKS)) setLinkLanguage(link);
  for (const listener of languageListeners) listener();
}
function setLinkLanguage(link) {
  const target = new URL(link.href);
  target.searchParams.set("lang", document.documentElement.lang);
  if (link.getAttribute("aria-current") !== "page") link.href = target;
}
document.querySelector("a.language").addEventListener("click", (event) => {
  event.preventDefault();
  setLanguage(say("en", "fr"));
});
if (new URLSearchParams(location.search).has("lang")) document.querySelectorAll(BILINGUAL_LINKS).forEach(setLinkLanguage);
