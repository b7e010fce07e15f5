// Rows of a CSV file or of a spreadsheet: cells to values, and results to CSV.
const SEPARATORS = ["\t", ";", ",", "|"];
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;
const THOUSANDS = /^[+-]?\d{1,3}(,\d{3})+$/;
// What pandas.read_csv reads as a missing value.
const MISSING = new Set(" NA N/A n/a #N/A #NA <NA> NULL null None NaN nan -NaN -nan 1.#IND -1.#IND 1.#QNAN -1.#QNAN".split(" ")).add("#N/A N/A");
const YES_NO = { true: true, vrai: true, oui: true, yes: true, 1: true, false: false, faux: false, non: false, no: false, 0: false };

// The records of a text: cells, and the `line` of their beginning. Quotes as in RFC 4180; without a separator, a line is one cell.
// `open`: the line of a quote that never closes.
function splitRecords(text, separator, most = Infinity) {
  const records = [];
  let [cells, cell, line, start, open] = [[], "", 1, 1, 0];
  const endRecord = () => {
    cells.push(cell);
    if (cells.some((one) => one.trim())) records.push({ line: start, cells });
    [cells, cell, start] = [[], "", line];
  };
  for (let at = 0; at < text.length && records.length < most; at += 1) {
    const character = text[at];
    if (character === "\n") line += 1;
    if (open && character === '"' && text[at + 1] !== '"') open = 0;
    else if (open) {
      cell += character;
      if (character === '"') at += 1;
    } else if (character === '"' && !cell) open = line;
    else if (character === separator) {
      cells.push(cell);
      cell = "";
    } else if (character === "\n") endRecord();
    else if (character !== "\r") cell += character;
  }
  if (records.length < most) endRecord();
  return { records, open };
}

const simplified = (words) => words.normalize("NFD").replace(/[^\p{L}\p{N}]+/gu, "").toLowerCase();
// For each column the place of its heading, or -1: its name, else a title, else one of them but for case, accents and punctuation.
function findHeadings(cells, columns) {
  const headings = cells.map((cell) => cell.trim());
  const plain = headings.map(simplified);
  return columns.map(({ name, titles }) => {
    const exact = [name, ...titles].map((words) => headings.indexOf(words));
    const loose = [name, ...titles].map(simplified).map((words) => (words && plain.indexOf(words) === plain.lastIndexOf(words) ? plain.indexOf(words) : -1));
    return [...exact, ...loose].find((place) => place >= 0) ?? -1;
  });
}
// The separator that finds the most columns; null if a line is one cell.
function separatorOf(text, columns) {
  const found = SEPARATORS.map((separator) => {
    const cells = splitRecords(text, separator, 1).records[0]?.cells ?? [];
    return { separator, count: cells.length, columns: findHeadings(cells, columns).filter((place) => place >= 0).length };
  });
  const [best] = found.sort((a, b) => b.columns - a.columns || b.count - a.count);
  return best.count > 1 && (columns.length > 1 || best.columns) ? best.separator : null;
}

// The rows of a text. `faults`: line, column if any, and reason in both languages.
// `missing`: columns without a heading; then there are no rows. `places`: of the columns among the headings.
function readRows(source, columns) {
  const text = source.replace(/^\uFEFF/, "");
  const separator = separatorOf(text, columns);
  const { records, open } = splitRecords(text, separator);
  const table = { separator, comma: false, headings: [], records: [], faults: [], missing: [], places: [] };
  if (open) table.faults.push({ line: open, words: ["un guillemet s'ouvre et ne se ferme pas", "a quote opens and never closes"] });
  if (!records.length || open) return table;
  table.places = findHeadings(records[0].cells, columns);
  if (!separator && columns.length === 1 && table.places[0] < 0) [table.headings, table.places] = [[columns[0].name], [0]];
  else table.headings = records.shift().cells.map((cell) => cell.trim());
  table.missing = columns.filter((_, index) => table.places[index] < 0);
  if (table.missing.length) return table;
  table.comma = hasDecimalCommas(records, columns, table);
  table.records = records.map((record) => readRecord(record, columns, table));
  table.faults = table.records.flatMap(({ line, faults }) => faults.map((fault) => ({ line, ...fault })));
  return table;
}
function readRecord({ line, cells }, columns, { headings, places, comma }) {
  const [got, expected] = [cells.length, headings.length];
  if (cells.slice(expected).some((cell) => cell.trim())) return { line, cells, row: null, faults: [{ words: [`${got} cellules, attendu : ${expected}`, `${got} cells, expected: ${expected}`] }] };
  const [row, faults] = [{}, []];
  columns.forEach((column, index) => {
    const cell = cells[places[index]] ?? "";
    const value = readCell(column, cell, comma);
    const words = value === undefined ? expectedWords(column, cell) : refusal(column, value);
    if (words) faults.push({ column, words: withGot(words, cell) });
    row[column.name] = value;
  });
  return { line, cells, row: faults.length ? null : row, faults };
}

// True if commas are decimal: a number has one, none has a point, and they do not look like thousands.
function hasDecimalCommas(records, columns, { places, separator }) {
  const numbers = places.filter((_, index) => columns[index].kind === "number");
  const cells = records.flatMap(({ cells: all }) => numbers.map((place) => digitsOf(all[place] ?? "")));
  const commas = cells.filter((cell) => cell.includes(",") && (NUMBER.test(cell) || THOUSANDS.test(cell)));
  const looksLikeThousands = separator === "," && commas.every((cell) => THOUSANDS.test(cell));
  return commas.length > 0 && !looksLikeThousands && !cells.some((cell) => cell.includes(".") && NUMBER.test(cell));
}
// A number without the spaces between its thousands.
const digitsOf = (cell) => cell.trim().replace(/(?<=\d)[ \u00A0\u202F](?=\d{3}(?!\d))/g, "");
// The value of a cell; undefined if it is none of its column.
function readCell({ kind, values, nullable }, cell, comma) {
  const word = cell.trim();
  if (kind === "text") return nullable && MISSING.has(cell) ? null : cell;
  if (values?.includes(cell)) return cell;
  if (kind === "category" && values?.includes(word)) return word;
  if (MISSING.has(word)) return null;
  if (kind === "category") return cell;
  if (kind === "date") return word;
  if (kind === "boolean") return YES_NO[word.toLowerCase()];
  const digits = digitsOf(cell);
  const value = NUMBER.test(digits) && (comma || !digits.includes(",")) ? Number(digits.replace(",", ".")) : NaN;
  return Number.isFinite(value) ? value : undefined;
}
function expectedWords({ kind }, cell) {
  if (kind === "boolean") return ["attendu : oui ou non", "expected: yes or no"];
  return NUMBER.test(cell.trim()) || THOUSANDS.test(cell.trim()) ? ["virgule ambiguë, décimale ou de milliers", "ambiguous comma, decimal or of thousands"] : ["attendu : nombre", "expected: number"];
}
function withGot([french, inEnglish], cell) {
  const got = cut(cell, 40);
  return got.trim() ? [`${french}, reçu : « ${got} »`, `${inEnglish}, got: "${got}"`] : [`${french}, reçu : rien`, `${inEnglish}, got: nothing`];
}

// CSV as the file was: its separator and its decimal mark.
function toCsv(rows, { separator, comma }) {
  const mark = separator ?? ",";
  const write = (cell) => {
    const text = typeof cell === "number" && comma ? String(cell).replace(".", ",") : String(cell ?? "");
    return text.includes(mark) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(write).join(mark)).join("\r\n");
}
