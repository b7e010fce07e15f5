"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { ROOT, loadPage, plain, readJson } = require("./page.js");

const EXAMPLES = "functions/predire/examples";
const STUDENTS = fs.readdirSync(path.join(ROOT, EXAMPLES)).filter((name) => /^etudiant_.*\.case\.json$/.test(name)).sort().map((name) => readJson(`${EXAMPLES}/${name}`).request.body);
const NAMES = readJson("models/predire/bundle/manifest.json").graphs.semestre_2.inputs.map(({ name }) => name);
const [SEMESTER_1, SEMESTER_2] = [NAMES.filter((name) => name.includes("_1st_sem_")), NAMES.filter((name) => name.includes("_2nd_sem_"))];
const ENROLMENT = NAMES.filter((name) => !name.includes("_sem_"));

const page = loadPage("functions/predire/page.html");
page.run("input.forEach((name) => fields.set(name, {}))", NAMES);
const read = (content) => page.run("readStudents('promotion.csv', decode(input))", Uint8Array.from(Buffer.from(content)).buffer);

// A CSV file of these students, with decimal commas if the separator is a semicolon.
function table(students, { separator = ",", names = NAMES, headings = names } = {}) {
  const cell = (value = "") => (separator === ";" ? String(value).replace(".", ",") : String(value));
  return [headings, ...students.map((student) => names.map((name) => cell(student[name])))].map((cells) => `${cells.join(separator)}\r\n`).join("");
}

function bytes(text, encoding) {
  if (encoding === "utf-16") return Buffer.from(`\ufeff${text}`, "utf16le");
  return Buffer.from(text, encoding);
}

const SPELT = {
  daytime_evening_attendance: "Daytime/evening attendance\t",
  curricular_units_1st_sem_approved: "Curricular units 1st sem (approved)",
  gdp: "GDP",
};
const ORIGINAL = table(STUDENTS, { separator: ";", headings: NAMES.map((name) => SPELT[name] ?? name) });
const NAMED = table(STUDENTS.map((student) => ({ Prénom: "Zoé", ...student })), { separator: ";", names: ["Prénom", ...NAMES] });
const SPELLINGS = {
  commas: [table(STUDENTS), [2, 3, 4, 5, 6]],
  tabs: [table(STUDENTS, { separator: "\t" }), [2, 3, 4, 5, 6]],
  "headings of the data set, BOM": [`\ufeff${ORIGINAL}`, [2, 3, 4, 5, 6]],
  quoted: [table(STUDENTS).replace(/[^,\r\n]+/g, '"$&"'), [2, 3, 4, 5, 6]],
  "UTF-16, blank lines": [bytes(`\n\n${NAMED}`, "utf-16"), [4, 5, 6, 7, 8]],
  "Windows-1252, blank lines": [bytes(NAMED.replaceAll("\r\n", "\n\n").replaceAll("Zoé", '"Z""oé"'), "latin1"), [3, 5, 7, 9, 11]],
};
for (const [name, [content, lines]] of Object.entries(SPELLINGS)) {
  test(`students are read: ${name}`, () => {
    const { students } = read(content);
    assert.deepEqual(plain(students.map(({ student }) => student)), STUDENTS);
    assert.deepEqual(plain(students.map(({ line }) => line)), lines);
    assert.deepEqual(plain(students.map(({ faults }) => faults)), Array(5).fill(null));
  });
}

test("a column that the model does not read is kept", () => {
  const { header, students } = read(SPELLINGS["Windows-1252, blank lines"][0]);
  assert.deepEqual([header[0], students[1].cells[0]], ["Prénom", 'Z"oé']);
  assert.equal(read(SPELLINGS["UTF-16, blank lines"][0]).students[1].cells[0], "Zoé");
});

test("a cell that is not a number is left to the server", () => {
  const { students } = read(table([{ ...STUDENTS[0], admission_grade: "abc", gdp: "1e999" }], { separator: ";" }));
  assert.deepEqual([students[0].student.admission_grade, students[0].student.gdp], ["abc", "1e999"]);
});

test("a line with too few or too many cells is reported", () => {
  const lines = table(STUDENTS, { separator: ";" }).split("\r\n");
  lines[5] += ";x";
  const students = read(lines.join("\r\n")).students;
  assert.deepEqual(plain(students.map(({ faults }) => faults?.map(({ words }) => words()) ?? null)), [null, null, null, null, ["27 colonnes, 26 attendues"]]);
  page.setLanguage("en");
  assert.equal(students[4].faults[0].words(), "27 columns, 26 expected");
  page.setLanguage("fr");
});

const WORKBOOK = "Ce fichier est un classeur, pas du CSV : dans le tableur, enregistrez-le au format « CSV UTF-8 ».";
const UNREADABLE = {
  "a column is missing": ["Colonnes absentes de la ligne 1 : application_mode.", table(STUDENTS, { names: NAMES.slice(1) })],
  "columns of two stages are missing": [
    `Colonnes absentes de la ligne 1 : ${[...SEMESTER_1, SEMESTER_2[5]].join(", ")}.`,
    table(STUDENTS, { names: [...ENROLMENT, ...SEMESTER_2.slice(0, 5)] }),
  ],
  "a column is there twice": ["Ligne 1 : la colonne « GDP » est là deux fois (colonnes 14 et 27).", table(STUDENTS, { names: [...NAMES, "GDP"] })],
  "no student": ["Aucun étudiant sous la ligne des noms.", table([])],
  "nothing": ["Aucun étudiant sous la ligne des noms.", ""],
  "a quotation mark without its pair": ["Ligne 6, colonne 26 : guillemet sans sa paire.", `${table(STUDENTS).trimEnd()}"`],
  "a workbook": [WORKBOOK, "PK\x03\x04"],
  "an older workbook": [WORKBOOK, Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])],
};
for (const [name, [words, content]] of Object.entries(UNREADABLE)) {
  test(`a file that cannot be read is reported with its position: ${name}`, () => {
    assert.throws(() => read(content), (error) => error.words().replaceAll("\u00a0", " ") === words);
  });
}

test("a read error is translated", () => {
  page.setLanguage("en");
  assert.throws(() => read("PK\x03\x04"), (error) => error.words() === "This file is a workbook, not CSV: in the spreadsheet, save it as “CSV UTF-8”.");
  page.setLanguage("fr");
});

test("a cell that a spreadsheet would take for a formula stays text", () => {
  for (const [cell, written] of [["=cmd|'0", "'=cmd|'0"], ["-3,12", "-3,12"], ["a;b", '"a;b"'], ['a"b', '"a""b"']]) {
    assert.equal(page.run("cellOf(input, ';')", cell), written);
  }
});
