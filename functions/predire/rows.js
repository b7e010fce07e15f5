// File mode: reads a CSV file of students and sends batches of them.
// The open file: `name`, `header`, `columns` (index by field), `sendError`, `students` (`line`, `cells`, `student`, `answer` or `faults`).
let file = null;
// AbortController of the batches being sent.
let sending = null;
let sortOrder = { by: "risk", down: true };
// Columns of the table: French heading, English heading, sort key.
const SORT_COLUMNS = {
  line: ["Ligne", "Line", ({ line }) => line],
  prediction: ["Prédiction", "Prediction", ({ answer }) => answer.prediction],
  risk: ["Risque d'échec", "Risk of failing", ({ answer }) => answer.probabilite_echec],
  stage: ["Étape", "Stage", ({ answer }) => answer.etape],
  check: ["À vérifier", "To check", ({ answer }) => answer.a_verifier],
};
// Added to the columns of the file.
const RESULT_COLUMNS = ["prediction", "probabilite_echec", "etape", "a_verifier", "erreur"];
const NUMBER = /^[-+]?(\d+([.,]\d*)?|[.,]\d+)(e[-+]?\d+)?$/i;
const readError = (...words) => Object.assign(new Error(words[1]), { words: () => say(...words) });
const snakeCase = (name) => name.toLowerCase().replaceAll("'", "").replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "");

function decode(buffer) {
  const [first, second] = new Uint8Array(buffer);
  try {
    return new TextDecoder(first === 255 && second === 254 ? "utf-16" : "utf-8", { fatal: true }).decode(buffer);
  } catch {
    // Written by older spreadsheets.
    return new TextDecoder("windows-1252").decode(buffer);
  }
}

function separatorOf(text) {
  const head = (text.match(/[^\r\n]+/)?.[0] ?? "").replace(/"[^"]*"/g, "");
  const count = (candidate) => head.split(candidate).length;
  return [";", ",", "\t"].reduce((best, candidate) => (count(candidate) > count(best) ? candidate : best));
}

// CSV records (RFC 4180) with their row number in a spreadsheet: a quoted line break does not start a row.
function readRecords(text, separator) {
  const cell = new RegExp(`"([^"]*(?:""[^"]*)*)"|([^${separator}\\r\\n]*)`, "y");
  const records = [];
  let cells = [];
  for (let position = 0; position <= text.length; position += 1) {
    cell.lastIndex = position;
    const [whole, quoted, plain] = cell.exec(text);
    position += whole.length;
    const line = records.length + 1;
    if (plain?.startsWith('"') || ![separator, "\r", "\n", undefined].includes(text[position])) throw readError(`Ligne ${line}, colonne ${cells.length + 1} : guillemet sans sa paire.`, `Line ${line}, column ${cells.length + 1}: a quotation mark without its pair.`);
    cells.push((quoted?.replaceAll('""', '"') ?? plain).trim());
    if (text[position] === separator) continue;
    if (text[position] === "\r" && text[position + 1] === "\n") position += 1;
    records.push({ line, cells });
    cells = [];
  }
  return records.filter((record) => record.cells.some(Boolean));
}

function columnsOf(header) {
  const columns = new Map();
  header.forEach((name, index) => {
    const [field, second] = [fields.has(name) ? name : snakeCase(name), index + 1];
    const first = columns.get(field) + 1;
    if (first) throw readError(`Ligne 1 : la colonne « ${name} » est là deux fois (colonnes ${first} et ${second}).`, `Line 1: the column “${name}” is there twice (columns ${first} and ${second}).`);
    if (fields.has(field)) columns.set(field, index);
  });
  const lastStage = lastStageOf([...columns.keys()]);
  const missing = [...fields.keys()].filter((name) => !columns.has(name) && lastStageOf([name]) <= Math.max(0, lastStage));
  if (missing.length) throw readError(`Colonnes absentes de la ligne 1 : ${missing.join(", ")}.`, `Columns missing from line 1: ${missing.join(", ")}.`);
  return columns;
}

function valueOf(cell, separator) {
  const plain = separator === "," ? cell : cell.replace(",", ".");
  const value = Number(plain);
  // Sent as text: the server reports it as invalid.
  return NUMBER.test(plain) && Number.isFinite(value) ? value : cell;
}

function readStudents(name, text) {
  if (/^(PK|ÐÏ)/.test(text)) throw readError("Ce fichier est un classeur, pas du CSV : dans le tableur, enregistrez-le au format « CSV UTF-8 ».", "This file is a workbook, not CSV: in the spreadsheet, save it as “CSV UTF-8”.");
  const separator = separatorOf(text);
  const [{ cells: header } = { cells: [] }, ...records] = readRecords(text, separator);
  if (!records.length) throw readError("Aucun étudiant sous la ligne des noms.", "No student below the line of names.");
  const columns = columnsOf(header);
  const students = records.map(({ line, cells }) => {
    const filled = [...columns].filter(([, index]) => cells[index]);
    const student = Object.fromEntries(filled.map(([field, index]) => [field, valueOf(cells[index], separator)]));
    const faults = cells.length === header.length ? null : [{ words: () => say(`${cells.length} colonnes, ${header.length} attendues`, `${cells.length} columns, ${header.length} expected`) }];
    return { line, cells, student, faults, answer: null };
  });
  return { name, header, columns, students, sendError: null };
}

async function openFile(csvFile) {
  if (!csvFile || !fields.size) return;
  stopSending();
  file = null;
  setStatus("many", softText("Lecture du fichier…", "Reading the file…"));
  setMode("many");
  try {
    file = readStudents(csvFile.name, decode(await csvFile.arrayBuffer()));
  } catch (error) {
    return setStatus("many", fault(error.words ?? (() => say("Ce n'est pas un fichier que le navigateur peut lire.", "This is no file that the browser can read."))));
  }
  send();
}

function stopSending() {
  sending?.abort();
  sending = null;
  removeRetry();
}

const pendingStudents = () => file.students.filter(({ answer, faults }) => !answer && !faults);
const predictedStudents = () => file.students.filter(({ answer }) => answer);
const invalidStudents = () => file.students.filter(({ faults }) => faults);

function sendBatch(batch, { signal }) {
  const body = JSON.stringify(batch.map(({ student }) => student));
  return fetchJson("predire", { method: "POST", headers: { "Content-Type": "application/json" }, body, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]) });
}
