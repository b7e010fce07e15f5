function separatorOf(text) {
  const head = (text.match(/[^\r\n]+/)?.[0] ?? "").replace(/"[^"]*"/g, "");
  const count = (one) => head.split(one).length;
  return [";", ",", "\t"].reduce((best, one) => (count(one) > count(best) ? one : best));
}

// CSV records (RFC 4180) with their row number, which is that of a spreadsheet: a quoted line break does not count.
function readRecords(text, separator) {
  const cell = new RegExp(`"([^"]*(?:""[^"]*)*)"|([^${separator}\\r\\n]*)`, "y");
  const records = [];
  let cells = [];
  for (let at = 0; at <= text.length; at += 1) {
    cell.lastIndex = at;
    const [whole, quoted, plain] = cell.exec(text);
    at += whole.length;
    const line = records.length + 1;
    if (plain?.startsWith('"') || ![separator, "\r", "\n", undefined].includes(text[at])) throw misread(`Ligne ${line}, colonne ${cells.length + 1} : guillemet sans sa paire.`, `Line ${line}, column ${cells.length + 1}: a quotation mark without its pair.`);
    cells.push((quoted?.replaceAll('""', '"') ?? plain).trim());
    if (text[at] === separator) continue;
    if (text[at] === "\r" && text[at + 1] === "\n") at += 1;
    records.push({ line, cells });
    cells = [];
  }
  return records.filter((record) => record.cells.some(Boolean));
}

function columnsOf(header) {
  const columns = new Map();
  header.forEach((name, place) => {
    const [field, second] = [fields.has(name) ? name : snakeCase(name), place + 1];
    const first = columns.get(field) + 1;
    if (first) throw misread(`Ligne 1 : la colonne « ${name} » est là deux fois (colonnes ${first} et ${second}).`, `Line 1: the column “${name}” is there twice (columns ${first} and ${second}).`);
    if (fields.has(field)) columns.set(field, place);
  });
  const last = reached([...columns.keys()]);
  const missing = [...fields.keys()].filter((name) => !columns.has(name) && reached([name]) <= Math.max(0, last));
  if (missing.length) throw misread(`Colonnes absentes de la ligne 1 : ${missing.join(", ")}.`, `Columns missing from line 1: ${missing.join(", ")}.`);
  return columns;
}

function valueOf(cell, separator) {
  const plain = separator === "," ? cell : cell.replace(",", ".");
  const value = Number(plain);
  return NUMBER.test(plain) && Number.isFinite(value) ? value : cell; // the server reports values that are not numbers
}

function readStudents(name, text) {
  if (/^(PK|ÐÏ)/.test(text)) throw misread("Ce fichier est un classeur, pas du CSV : dans le tableur, enregistrez-le au format « CSV UTF-8 ».", "This file is a workbook, not CSV: in the spreadsheet, save it as “CSV UTF-8”.");
  const separator = separatorOf(text);
  const [{ cells: header } = { cells: [] }, ...records] = readRecords(text, separator);
  if (!records.length) throw misread("Aucun étudiant sous la ligne des noms.", "No student below the line of names.");
  const columns = columnsOf(header);
  const students = records.map(({ line, cells }) => {
    const filled = [...columns].filter(([, place]) => cells[place]);
    const student = Object.fromEntries(filled.map(([field, place]) => [field, valueOf(cells[place], separator)]));
    const faults = cells.length === header.length ? null : [{ words: () => say(`${cells.length} colonnes, ${header.length} attendues`, `${cells.length} columns, ${header.length} expected`) }];
    return { line, cells, student, faults, answer: null };
  });
  return { name, header, columns, students, trouble: null };
}

async function openFile(chosen) {
  if (!chosen || !fields.size) return;
  halt();
  file = null;
  tell("many", wait("Lecture du fichier…", "Reading the file…"));
  setMode("many");
  try {
    file = readStudents(chosen.name, decode(await chosen.arrayBuffer()));
  } catch (error) {
    return tell("many", fault(error.words ?? (() => say("Ce n'est pas un fichier que le navigateur peut lire.", "This is no file that the browser can read."))));
  }
  send();
}

function halt() {
  sending?.abort();
  sending = null;
  removeRetry();
}

const ready = () => file.students.filter(({ answer, faults }) => !answer && !faults);
const predicted = () => file.students.filter(({ answer }) => answer);
const refused = () => file.students.filter(({ faults }) => faults);

function sendBatch(batch, { signal }) {
  const body = JSON.stringify(batch.map(({ student }) => student));
  return fetchJson("predire", { method: "POST", headers: { "Content-Type": "application/json" }, body, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]) });
}
