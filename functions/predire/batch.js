// File mode: sends the students, shows the results, exports them. Also the switch of mode and the start of the page.

// Sends the file in batches. Students that the server reports as invalid are marked and skipped; a batch that is too large is halved.
async function send() {
  stopSending();
  const controller = (sending = new AbortController());
  file.sendError = null;
  layout();
  setStatus("many", softText("Prédiction en cours…", "Predicting…"));
  for (let size = BATCH_SIZE, maxSize = BATCH_SIZE, batch; (batch = pendingStudents().slice(0, size)).length; ) {
    showProgress();
    try {
      const answers = await sendBatch(batch, controller);
      if (controller !== sending) return;
      answers.forEach((answer, index) => { batch[index].answer = answer; });
      size = Math.min(maxSize, 2 * size);
    } catch (error) {
      if (controller !== sending) return;
      size = Math.min(maxSize, sizeAfter(error, batch));
      if (error.status === 413) maxSize = size;
      if (size) continue;
      file.sendError = error;
      break;
    }
  }
  sending = null;
  showBatch();
}

// Marks the invalid students of a batch and returns the next batch size; 0 for any other error. A response lists at most twenty
// faults, so a small batch is enough if many students are invalid.
function sizeAfter({ status, faults }, batch) {
  if (status === 413) return Math.floor(batch.length / 2);
  const invalid = status === 422 ? faults.map(({ pointer, detail }) => [...pointer.split("/").slice(1), detail]) : [];
  for (const [row, field, detail] of invalid) (batch[row].faults ??= []).push({ field, detail });
  return invalid.length && Math.max(20, 2 * invalid.at(-1)[0]);
}

// The singular or plural form for a number: zero is singular in French, plural in English.
const pluralize = (count, singular, plural) => say(...(new Intl.PluralRules(document.documentElement.lang).select(count) === "one" ? singular : plural));
const formatCount = (count, ...words) => `${number(count)} ${pluralize(count, ...words)}`;
const STUDENTS = [["étudiant", "student"], ["étudiants", "students"]];
const PREDICTED = [["étudiant prédit", "student predicted"], ["étudiants prédits", "students predicted"]];

function showProgress() {
  const [done, all] = [file.students.length - pendingStudents().length, file.students.length];
  Object.assign(find("progress"), { max: all, value: done });
  find("progress-text").textContent = `${number(done)} / ${formatCount(all, ...STUDENTS)}`;
  find("progress").hidden = find("progress-text").hidden = !sending;
  find("download").hidden = Boolean(sending) || !predictedStudents().length;
  find("stop").hidden = done === all || Boolean(file.sendError);
  find("stop").textContent = sending ? say("Arrêter", "Stop") : say("Continuer", "Go on");
}

function showBatch() {
  const [predicted, invalidCount, pendingCount, { sendError }] = [predictedStudents(), invalidStudents().length, pendingStudents().length, file];
  const count = (test) => predicted.filter(({ answer }) => test(answer)).length;
  const numbers = [
    [count(({ prediction }) => prediction === "reussite"), "reussite", ["réussite probable", "likely success"], ["réussites probables", "likely successes"]],
    [count(({ prediction }) => prediction === "echec"), "echec", ["échec probable", "likely failure"], ["échecs probables", "likely failures"]],
    [count(({ a_verifier: doubtful }) => doubtful), "", ["à vérifier", "to check"], ["à vérifier", "to check"]],
    [invalidCount, "", ["ligne à corriger", "line to correct"], ["lignes à corriger", "lines to correct"]],
    [pendingCount, "", ["pas encore prédit", "not predicted yet"], ["pas encore prédits", "not predicted yet"]],
  ].filter(([value], index) => value || index < 3);
  showProgress();
  setStatus("many", () => [
    ...(sendError ? [fault(() => sendError.message)()] : []),
    p("", `${formatCount(predicted.length, ...PREDICTED)} ${say("sur", "out of")} ${number(file.students.length)}.`),
    element("ul", "plain numbers small", numbers.map(([value, className, ...words]) => li("", [element("b", className, number(value)), " ", pluralize(value, ...words)]))),
  ]);
  if (sendError?.retryable) retry("many", send);
  showTable();
  layout();
}

function faultsOf({ faults }) {
  const name = ({ field }) => file.header[file.columns.get(field)] ?? field;
  const words = (item) => say(`colonne « ${name(item)} » : ${item.detail}`, `column “${name(item)}”: ${item.detail}`);
  return faults.map((item) => item.words?.() ?? words(item)).join(say(" ; ", "; "));
}

function showTable() {
  const [predicted, invalid, key] = [predictedStudents(), invalidStudents(), SORT_COLUMNS[sortOrder.by][2]];
  const compare = (a, b) => ((key(a) > key(b)) - (key(a) < key(b))) * (sortOrder.down ? -1 : 1) || a.line - b.line;
  const table = element("table", "", [
    element("thead", "", tr("", Object.keys(SORT_COLUMNS).map(makeHead))),
    element("tbody", "", predicted.sort(compare).slice(0, MAX_ROWS).map(makeRow)),
  ]);
  const heading = element("h2", "", file.name + shownCountText(predicted), { id: "table-title" });
  find("table").replaceChildren(heading, ...(invalid.length ? [makeFaults(invalid)] : []), ...(predicted.length ? [div("scroll", table)] : []));
}

const shownCountText = ({ length }) => (length > MAX_ROWS ? say(` : ${MAX_ROWS} sur ${number(length)}`, `: ${MAX_ROWS} of ${number(length)}`) : "");

function makeFaults(invalid) {
  const lines = invalid.slice(0, MAX_ROWS).map((student) => li("", `${say("Ligne", "Line")} ${student.line}, ${faultsOf(student)}`));
  const summary = element("summary", "", say("Lignes à corriger", "Lines to correct") + shownCountText(invalid));
  return element("details", "", [summary, element("ul", "plain small", lines, { id: "wrong" })], { open: true });
}

function makeHead(by) {
  const sort = () => {
    sortOrder = { by, down: sortOrder.by === by ? !sortOrder.down : by !== "line" };
    showTable();
    find("table").querySelector("th:not([aria-sort=none]) button").focus();
  };
  const ariaSort = by !== sortOrder.by ? "none" : sortOrder.down ? "descending" : "ascending";
  return element("th", by === "risk" ? "right" : "", button(say(...SORT_COLUMNS[by]), sort), { scope: "col", ariaSort });
}

function makeRow({ line, student, answer }) {
  const openStudent = () => {
    start(student);
    find("steps").querySelector("button").focus();
  };
  return tr("", [
    td("", button(number(line), openStudent, { title: say("Voir cet étudiant", "See this student") })),
    td(answer.prediction, say(...VERDICTS[answer.prediction])),
    td("right", formatRisk(answer.probabilite_echec)),
    td("", stageTitle(stageOf(answer))),
    td(answer.a_verifier ? "weight" : "", yesNo(answer.a_verifier)),
  ]);
}

// A CSV cell, quoted if necessary. A leading apostrophe stops a spreadsheet from running text as a formula.
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
  const originalColumns = [...header.keys()].filter((index) => !RESULT_COLUMNS.includes(header[index]));
  const modelColumns = new Set(columns.values());
  const resultCells = ({ answer, faults }) => (answer ? [answer.prediction, decimal(String(answer.probabilite_echec)), answer.etape, yesNo(answer.a_verifier), ""] : ["", "", "", "", faults ? faultsOf({ faults }).replaceAll("\u00a0", " ") : ""]);
  const rows = students.map((student) => [...originalColumns.map((index) => (modelColumns.has(index) ? decimal : String)(student.cells[index] ?? "")), ...resultCells(student)]);
  return [[...originalColumns.map((index) => header[index]), ...RESULT_COLUMNS], ...rows];
}

function setMode(newMode) {
  if (newMode !== "many") stopSending();
  removeRetry();
  mode = newMode;
  document.querySelector(`input[value=${mode}]`).checked = true;
  layout();
  setStatus(mode, renderStatus[mode]);
  if (mode === "many" && file) showBatch();
}

function translatePage() {
  if (!fields.size) return loadForm();
  fields.forEach(translateField);
  STAGES.forEach(translateStage);
  for (const [name, words] of Object.entries(GROUPS)) find(`${name}-group`).textContent = say(...words);
  translateExamples();
  showSteps();
  setStatus(mode, renderStatus[mode]);
  if (file) translateFile();
  if (displayed && displayed.student === lastStudent) {
    showPrediction();
    explain();
  } else if (lastStudent) predict(lastStudent, true);
}

// The server words the faults: after a change of language, its invalid students are sent again.
function translateFile() {
  const reported = invalidStudents().filter(({ faults }) => faults[0].detail);
  for (const student of reported) student.faults = null;
  if (reported.length || file.sendError || sending) send();
  else showBatch();
}

async function loadForm() {
  const requestNumber = ++lastRequestNumber;
  removeRetry();
  setStatus("one", softText("Chargement du formulaire…", "Loading the form…"));
  let description;
  try {
    [description, model] = await Promise.all([fetchJson("openapi.json"), fetchJson("model")]);
  } catch (error) {
    if (requestNumber !== lastRequestNumber) return;
    setStatus("one", fault(() => error.message));
    return retry("one", loadForm);
  }
  if (requestNumber === lastRequestNumber) makePage(description);
}

function makePage({ components, paths }) {
  const { properties } = components.schemas.Student;
  examples = Object.values(paths["/predire"].post.requestBody.content["application/json"].examples).filter(({ summary }) => summary);
  find("stages").replaceChildren(...STAGES.map((stage, index) => makeStage(stage, index, properties)));
  find("steps").replaceChildren(...STAGES.map((_, index) => li("", button([], () => goToStep(index)))));
  renderStatus.one = softText("Remplissez le formulaire, puis « Prédire ».", "Fill in the form, then “Predict”.");
  renderStatus.many = softText("Choisissez un fichier d'étudiants.", "Choose a file of students.");
  find("modes").hidden = false;
  enableSemesters(0);
  // The browser may have restored it.
  setMode(document.querySelector("[name=mode]:checked").value);
  translatePage();
}
