// Parser of flowers, one per line: from a spreadsheet, R, Python or UCI, with or without headings.
const SEPARATORS = ["\t", ";", ",", " "];
const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;
// Headings of the four measures, in English or French; "..?" matches an accented letter in any encoding.
const HEADINGS = [/^(?=.*s..?pal).*(len|long)/i, /^(?=.*s..?pal).*(wid|larg)/i, /^(?=.*p..?tal).*(len|long)/i, /^(?=.*p..?tal).*(wid|larg)/i];
const GIVEN = "given species"; // heading of the known species in a file of results, which also has the predicted one

const numeric = (cell = "") => (NUMBER.test(cell) ? Number(cell.replace(",", ".")) : NaN);
const columnsOfNumbers = (row) => [...row.keys()].filter((column) => NUMBER.test(row[column]));
function cells(text, separator) {
  const whole = text.replace(/"([^"]*)"/g, (_, quoted) => quoted.replaceAll(separator, "\0"));
  const parts = separator === " " ? whole.trim().split(/\s+/) : whole.split(separator);
  return parts.map((cell) => cell.replaceAll("\0", separator).trim());
}

// The separator of the cells. If commas are both separators and decimal commas, a separator is followed by a space.
function separatorOf(lines) {
  const numbers = (content, one) => columnsOfNumbers(cells(content, one)).length;
  const isSpaced = ({ content }) => numbers(content, ", ") >= 4 && numbers(content, ",") > numbers(content, ", ");
  if (lines.some(isSpaced)) return ", ";
  return SEPARATORS.find((one) => lines.some(({ content }) => numbers(content, one) >= 4)) ?? SEPARATORS.find((one) => lines[0]?.content.includes(one)) ?? ",";
}

// The rows of a text, and its faults: line, label of the invalid measure, and reason in both languages.
function readRows(text, bounds) {
  const lines = text.split(/\r\n|\n|\r/).map((content, index) => ({ content, line: index + 1 })).filter(({ content }) => /[^\s;,"]/.test(content));
  const separator = separatorOf(lines);
  const table = lines.map(({ content, line }) => ({ line, row: cells(content, separator) }));
  const whole = table.find(({ row }) => columnsOfNumbers(row).length >= 4); // without headings, the first four numbers are the measures
  const headings = table.length && table[0] !== whole ? HEADINGS.map((words) => table[0].row.findIndex((cell) => words.test(cell))) : [];
  if (!headings.some((column) => column >= 0)) return readTable(table, whole ? columnsOfNumbers(whole.row) : [0, 1, 2, 3], bounds);
  const missing = MEASURES.filter((_, index) => headings[index] < 0);
  if (!missing.length) return readTable(table.slice(1), headings, bounds, table[0].row.indexOf(GIVEN));
  return { rows: [], faults: missing.map(({ label }) => ({ line: table[0].line, label, words: ["absente des titres", "missing from the headings"] })) };
}
function readTable(table, columns, bounds, given = -1) {
  const [rows, faults] = [[], []];
  for (const { line, row } of table) {
    const measures = MEASURES.map((_, index) => numeric(row[columns[index]]));
    const wrong = MEASURES.flatMap(({ key, label }, index) => {
      const words = faultOf(measures[index], row[columns[index]], bounds[key]);
      return words ? [{ line, label, words }] : [];
    });
    if (wrong.length) faults.push(...wrong);
    else rows.push({ line, measures, given: givenSpecies(given < 0 ? row : [row[given] ?? ""]) });
  }
  return { rows, faults };
}
function faultOf(value, cell = "", { exclusiveMinimum: low, maximum: high }) {
  if (value > low && value <= high) return null;
  const got = cell.length > 40 ? `${cell.slice(0, 39)}…` : cell;
  return [
    `attendu : nombre plus grand que ${low} et d'au plus ${high}, reçu : ${got ? `« ${got} »` : "rien"}`,
    `expected: number greater than ${low} and at most ${high}, got: ${got ? `"${got}"` : "nothing"}`,
  ];
}
// Index in SPECIES of the first species that a row names, or -1.
function givenSpecies(row) {
  const places = row.map((cell) => SPECIES.findIndex((name) => cell.toLowerCase().includes(name)));
  return places.find((place) => place >= 0) ?? -1;
}

// CSV for spreadsheets of the page's language: with semicolons and decimal commas in French.
function toCsv(titles, rows) {
  const cell = (value) => (typeof value === "number" ? String(value).replace(".", say(",", ".")) : value);
  return [titles, ...rows].map((row) => row.map(cell).join(say(";", ","))).join("\r\n");
}
