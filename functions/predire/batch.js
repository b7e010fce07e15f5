// Sends the file in batches. Students that the server reports as invalid are left out; a batch that is too large is halved.
async function send() {
  halt();
  const mine = (sending = new AbortController());
  file.trouble = null;
  layout();
  tell("many", wait("Prédiction en cours…", "Predicting…"));
  for (let size = BATCH, most = BATCH, batch; (batch = ready().slice(0, size)).length; ) {
    showProgress();
    try {
      const answers = await sendBatch(batch, mine);
      if (mine !== sending) return;
      answers.forEach((answer, index) => { batch[index].answer = answer; });
      size = Math.min(most, 2 * size);
    } catch (error) {
      if (mine !== sending) return;
      size = Math.min(most, sizeAfter(error, batch));
      if (error.status === 413) most = size;
      if (size) continue;
      file.trouble = error;
      break;
    }
  }
  sending = null;
  showBatch();
}

// Marks the invalid students of a batch and returns the next batch size; 0 if the error is about something else. An error names
// at most twenty faults, so a small batch is enough if many students are invalid.
function sizeAfter({ status, faults }, batch) {
  if (status === 413) return Math.floor(batch.length / 2);
  const places = status === 422 ? faults.map(({ pointer, detail }) => [...pointer.split("/").slice(1), detail]) : [];
  for (const [place, field, detail] of places) (batch[place].faults ??= []).push({ field, detail });
  return places.length && Math.max(20, 2 * places.at(-1)[0]);
}

// A noun that agrees with its number: zero is singular in French, plural in English.
const agreed = (count, one, many) => say(...(new Intl.PluralRules(document.documentElement.lang).select(count) === "one" ? one : many));
const counted = (count, ...words) => `${number(count)} ${agreed(count, ...words)}`;
const STUDENTS = [["étudiant", "student"], ["étudiants", "students"]];
const PREDICTED = [["étudiant prédit", "student predicted"], ["étudiants prédits", "students predicted"]];

function showProgress() {
  const [done, all] = [file.students.length - ready().length, file.students.length];
  Object.assign(find("progress"), { max: all, value: done });
  find("progress-text").textContent = `${number(done)} / ${counted(all, ...STUDENTS)}`;
  find("progress").hidden = find("progress-text").hidden = !sending;
  find("download").hidden = Boolean(sending) || !predicted().length;
  find("stop").hidden = done === all || Boolean(file.trouble);
  find("stop").textContent = sending ? say("Arrêter", "Stop") : say("Continuer", "Go on");
}

function showBatch() {
  const [good, bad, left, { trouble }] = [predicted(), refused().length, ready().length, file];
  const count = (test) => good.filter(({ answer }) => test(answer)).length;
  const numbers = [
    [count(({ prediction }) => prediction === "reussite"), "reussite", ["réussite probable", "likely success"], ["réussites probables", "likely successes"]],
    [count(({ prediction }) => prediction === "echec"), "echec", ["échec probable", "likely failure"], ["échecs probables", "likely failures"]],
    [count(({ a_verifier: doubtful }) => doubtful), "", ["à vérifier", "to check"], ["à vérifier", "to check"]],
    [bad, "", ["ligne à corriger", "line to correct"], ["lignes à corriger", "lines to correct"]],
    [left, "", ["pas encore prédit", "not predicted yet"], ["pas encore prédits", "not predicted yet"]],
  ].filter(([value], index) => value || index < 3);
  showProgress();
  tell("many", () => [
    ...(trouble ? [fault(() => trouble.message)()] : []),
    p("", `${counted(good.length, ...PREDICTED)} ${say("sur", "out of")} ${number(file.students.length)}.`),
    element("ul", "plain numbers small", numbers.map(([value, className, ...words]) => li("", [element("b", className, number(value)), " ", agreed(value, ...words)]))),
  ]);
  if (trouble?.retryable) retry("many", send);
  showTable();
  layout();
}

function faultsOf({ faults }) {
  const name = ({ field }) => file.header[file.columns.get(field)] ?? field;
  const words = (one) => say(`colonne « ${name(one)} » : ${one.detail}`, `column “${name(one)}”: ${one.detail}`);
  return faults.map((one) => one.words?.() ?? words(one)).join(say(" ; ", "; "));
}

function showTable() {
  const [good, bad, key] = [predicted(), refused(), SORTS[sorted.by][2]];
  const order = (a, b) => ((key(a) > key(b)) - (key(a) < key(b))) * (sorted.down ? -1 : 1) || a.line - b.line;
  const table = element("table", "", [
    element("thead", "", tr("", Object.keys(SORTS).map(makeHead))),
    element("tbody", "", good.sort(order).slice(0, SHOWN).map(makeRow)),
  ]);
  const heading = element("h2", "", file.name + firstOf(good), { id: "table-title" });
  find("table").replaceChildren(heading, ...(bad.length ? [makeFaults(bad)] : []), ...(good.length ? [div("scroll", table)] : []));
}

const firstOf = ({ length }) => (length > SHOWN ? say(` : ${SHOWN} sur ${number(length)}`, `: ${SHOWN} of ${number(length)}`) : "");

function makeFaults(bad) {
  const lines = bad.slice(0, SHOWN).map((one) => li("", `${say("Ligne", "Line")} ${one.line}, ${faultsOf(one)}`));
  const summary = element("summary", "", say("Lignes à corriger", "Lines to correct") + firstOf(bad));
  return element("details", "", [summary, element("ul", "plain small", lines, { id: "wrong" })], { open: true });
}

function makeHead(by) {
  const sort = () => {
    sorted = { by, down: sorted.by === by ? !sorted.down : by !== "line" };
    showTable();
    find("table").querySelector("th:not([aria-sort=none]) button").focus();
  };
  const ariaSort = by !== sorted.by ? "none" : sorted.down ? "descending" : "ascending";
  return element("th", by === "risk" ? "right" : "", button(say(...SORTS[by]), sort), { scope: "col", ariaSort });
}

function makeRow({ line, student, answer }) {
  const see = () => {
    start(student);
    find("steps").querySelector("button").focus();
  };
  return tr("", [
    td("", button(number(line), see, { title: say("Voir cet étudiant", "See this student") })),
    td(answer.prediction, say(...VERDICTS[answer.prediction])),
    td("right", chance(answer.probabilite_echec)),
    td("", stageTitle(stageOf(answer))),
    td(answer.a_verifier ? "weight" : "", yesNo(answer.a_verifier)),
  ]);
}

// A cell that a spreadsheet would run as a formula gets a leading apostrophe.
function cellOf(value, separator) {
  const text = /^[-=+@]/.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return text.includes(separator) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// CSV for the spreadsheets of the page's language: ";" and a decimal comma in French, "," and a decimal point in English.
function save(name, records) {
  const separator = say(";", ",");
  const text = records.map((cells) => cells.map((cell) => cellOf(cell, separator)).join(separator)).join("\r\n");
  const link = element("a", "", [], { download: name, href: URL.createObjectURL(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), TIMEOUT);
}

const decimal = (cell) => (NUMBER.test(cell) ? cell.replace(/[.,]/, say(",", ".")) : cell);

function results() {
  const { header, columns, students } = file;
  const kept = [...header.keys()].filter((place) => !ADDED.includes(header[place]));
  const read = new Set(columns.values());
  const added = ({ answer, faults }) => (answer ? [answer.prediction, decimal(String(answer.probabilite_echec)), answer.etape, yesNo(answer.a_verifier), ""] : ["", "", "", "", faults ? faultsOf({ faults }).replaceAll("\u00a0", " ") : ""]);
  const rows = students.map((one) => [...kept.map((place) => (read.has(place) ? decimal : String)(one.cells[place] ?? "")), ...added(one)]);
  return [[...kept.map((place) => header[place]), ...ADDED], ...rows];
}

function setMode(to) {
  if (to !== "many") halt();
  removeRetry();
  mode = to;
  document.querySelector(`input[value=${mode}]`).checked = true;
  layout();
  tell(mode, told[mode]);
  if (mode === "many" && file) showBatch();
}

function sayAll() {
  if (!fields.size) return load();
  fields.forEach(sayField);
  STAGES.forEach(sayStage);
  for (const [name, words] of Object.entries(GROUPS)) find(`${name}-group`).textContent = say(...words);
  sayExamples();
  showSteps();
  tell(mode, told[mode]);
  if (file) sayFile();
  if (shown && shown.student === last) {
    showPrediction();
    explain();
  } else if (last) predict(last, true);
}

// The faults are worded by the server: after a change of language, those students are sent again.
function sayFile() {
  const theirs = refused().filter(({ faults }) => faults[0].detail);
  for (const one of theirs) one.faults = null;
  if (theirs.length || file.trouble || sending) send();
  else showBatch();
}

async function load() {
  const mine = ++asked;
  removeRetry();
  tell("one", wait("Chargement du formulaire…", "Loading the form…"));
  let description;
  try {
    [description, model] = await Promise.all([fetchJson("openapi.json"), fetchJson("model")]);
  } catch (error) {
    if (mine !== asked) return;
    tell("one", fault(() => error.message));
    return retry("one", load);
  }
  if (mine === asked) makePage(description);
}

function makePage({ components, paths }) {
  const { properties } = components.schemas.Student;
  examples = Object.values(paths["/predire"].post.requestBody.content["application/json"].examples).filter(({ summary }) => summary);
  find("stages").replaceChildren(...STAGES.map((stage, index) => makeStage(stage, index, properties)));
  find("steps").replaceChildren(...STAGES.map((_, index) => li("", button([], () => go(index)))));
  told.one = wait("Remplissez le formulaire, puis « Prédire ».", "Fill in the form, then “Predict”.");
  told.many = wait("Choisissez un fichier d'étudiants.", "Choose a file of students.");
  find("modes").hidden = false;
  know(0);
  setMode(document.querySelector("[name=mode]:checked").value); // the browser may have restored it
  sayAll();
}
