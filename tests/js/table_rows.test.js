"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { loadPage, plain } = require("./page.js");

const page = loadPage("shared/model/tabular/site/table.html");
const column = (name, kind, more = {}) => ({ name, kind, titles: [name, name], nullable: false, closed: true, values: null, ...more });
const COLUMNS = [
  column("age", "number", { nullable: true, titles: ["Âge", "Age"] }),
  column("prix_total", "number", { titles: ["Prix total (€)", "Total price (€)"] }),
  column("zone", "code", { values: [1, 2, 5], closed: false }),
  column("membre", "boolean", { nullable: true }),
  column("ville", "category", { values: ["Lyon", "Paris", "NA"] }),
  column("jour", "date", { nullable: true }),
];
const ROW = { age: 30, prix_total: 12.5, zone: 2, membre: true, ville: "Lyon", jour: "2024-05-01" };
const read = (text, columns = COLUMNS) => plain(page.run("readRows(input.text, input.columns)", { text, columns }));
const rowsOf = (text, columns) => read(text, columns).records.map(({ row }) => row);
const faultsOf = (text) => read(text).faults.map(({ line, column: at, words }) => [line, at?.name ?? "", words[0]]);
const HEAD = "age;prix_total;zone;membre;ville;jour";

// Each text holds the row above.
const FORMATS = {
  pandas: ",age,prix_total,zone,membre,ville,jour,cible\n0,30.0,12.5,2,True,Lyon,2024-05-01,oui\n",
  "French CSV with titles and a byte order mark": "\uFEFFVille;Âge;Prix total (€);Zone;Membre;Jour\r\nLyon;30;12,5;2;oui;2024-05-01\r\n",
  "a French spreadsheet": "age\tprix total\tzone\tmembre\tville\tjour\n30\t12,5\t2\tVRAI\tLyon\t2024-05-01",
  "English titles, other case, pipes": "AGE|TOTAL PRICE (€)|zone|membre|ville|jour\n30|12.5|2|1|Lyon|2024-05-01",
  "quotes, blank lines, spaces": '"age","prix_total","zone","membre","ville","jour"\n\n"30"," 12.5 ","2.0","yes","Lyon","2024-05-01"\n,,,,,\n',
  "quoted decimal commas": 'age,prix_total,zone,membre,ville,jour\n30,"12,5",2,true,Lyon,2024-05-01',
};
for (const [name, text] of Object.entries(FORMATS)) {
  test(`a row is read: ${name}`, () => {
    assert.deepEqual(rowsOf(text), [ROW]);
    assert.deepEqual(read(text).faults, []);
  });
}

test("missing values are null where training had some, and refused elsewhere", () => {
  assert.deepEqual(rowsOf(`${HEAD}\nNA;1;2;;NA;nan`), [{ age: null, prix_total: 1, zone: 2, membre: null, ville: "NA", jour: null }]);
  assert.deepEqual(faultsOf(`${HEAD}\n1;;2;non;;2024-05-01`), [
    [2, "prix_total", "une valeur est nécessaire, reçu : rien"],
    [2, "ville", "une valeur est nécessaire, reçu : rien"],
  ]);
});

test("each wrong cell is named by line and column, and the other lines are kept", () => {
  const text = `${HEAD}\n30;12,5;2;oui;Lyon;\n"x\ny";1;1,5;peut-être;Brest;\n1;2;9;non;Paris;;7`;
  assert.deepEqual(faultsOf(text), [
    [3, "age", "attendu : nombre, reçu : « x\ny »"],
    [3, "zone", "attendu : nombre entier, reçu : « 1,5 »"],
    [3, "membre", "attendu : oui ou non, reçu : « peut-être »"],
    [3, "ville", "inconnu du modèle, qui le refuse, reçu : « Brest »"],
    [5, "", "7 cellules, attendu : 6"],
  ]);
  assert.deepEqual(rowsOf(text), [{ ...ROW, jour: null }, null, null]);
});

test("a comma that may mean thousands is refused", () => {
  const head = "age,prix_total,zone,membre,ville,jour\n";
  const words = "virgule ambiguë, décimale ou de milliers, reçu :";
  assert.deepEqual(faultsOf(`${head}1,"1,234",1,oui,Lyon,`), [[2, "prix_total", `${words} « 1,234 »`]]);
  assert.deepEqual(faultsOf(`${HEAD}\n1.5;2,25;1;oui;Lyon;`), [[2, "prix_total", `${words} « 2,25 »`]]);
  assert.deepEqual(rowsOf(`${HEAD}\n1;1 234,5;1;oui;Lyon;`)[0].prix_total, 1234.5);
});

test("columns without a heading are named, and nothing is read", () => {
  const { missing, records } = read("age;ville;membre\n1;Lyon;oui");
  assert.deepEqual(missing.map(({ name }) => name), ["prix_total", "zone", "jour"]);
  assert.deepEqual(records, []);
});

test("headings that are alike but for case are told apart", () => {
  const columns = [column("a", "number"), column("A", "number"), column("x 1", "number")];
  assert.deepEqual(rowsOf("A;a;X-1\n1;2;3", columns), [{ a: 2, A: 1, "x 1": 3 }]);
  assert.deepEqual(read("A;b;X-1\n1;2;3", columns).missing, []);
});

test("texts are read line by line, with or without their heading", () => {
  const columns = [column("texte", "text")];
  const rows = [{ texte: "Bonjour, toi" }, { texte: "à ; demain" }];
  assert.deepEqual(rowsOf("Bonjour, toi\nà ; demain", columns), rows);
  assert.deepEqual(rowsOf('texte\n"Bonjour, toi"\nà ; demain', columns), rows);
  assert.deepEqual(rowsOf('id,texte\n1,"Bonjour, toi"\n2,à ; demain', columns), rows);
});

test("a quote that never closes is named by its line", () => {
  assert.deepEqual(faultsOf(`${HEAD}\n1;2;1;oui;"Lyon;\n1;2`), [[2, "", "un guillemet s'ouvre et ne se ferme pas"]]);
});

test("nothing is neither a row nor a fault", () => {
  assert.deepEqual([read("").records, read("").faults, read("\n;;\n").records], [[], [], []]);
});

test("results keep the separator, the decimal mark and the quotes of the file", () => {
  const rows = [["a", 'say "b"', "c;d"], [1.5, "2,5", null]];
  const write = (table) => page.run("toCsv(input.rows, input.table)", { rows, table });
  assert.equal(write({ separator: ";", comma: true }), 'a;"say ""b""";"c;d"\r\n1,5;2,5;');
  assert.equal(write({ separator: null, comma: false }), 'a,"say ""b""",c;d\r\n1.5,"2,5",');
});

test("a column is read from its JSON Schema, also from one that a person wrote", () => {
  const columnOf = (property) => plain(page.run("columnOf('x', input, (schema) => schema)", property));
  const made = columnOf({ type: ["number", "null"], title: "Âge", "x-title-en": "Age", "x-kind": "number", "x-whole": true, "x-minimum": 1, "x-maximum": 9, examples: [3] });
  assert.deepEqual([made.kind, made.titles, made.nullable, made.whole, made.low, made.high, made.example], ["number", ["Âge", "Age"], true, true, 1, 9, 3]);
  const written = columnOf({ anyOf: [{ type: "integer", enum: [0, 1] }, { type: "null" }] });
  assert.deepEqual([written.kind, written.values, written.nullable, written.closed, written.example], ["code", [0, 1], true, true, 0]);
  const number = columnOf({ type: "number", exclusiveMinimum: 0, maximum: 100 });
  assert.deepEqual([number.kind, number.low, number.high, number.example], ["number", 0, 100, 50]);
});

test("a value that training never had is unusual", () => {
  const words = (spec, value) => page.run("unusualWords(input.spec, input.value)", { spec, value })?.[0];
  const day = { kind: "date", low: "2024-01-05", high: "2024-12-20", values: null };
  assert.equal(words(day, "2024-12-20T10:00:00Z"), undefined);
  assert.match(words(day, "2025-01-01"), /de 2024-01-05 à 2024-12-20/);
  assert.match(words({ kind: "number", low: 1, high: 2013, values: null }, 2014), /de 1 à 2013$/);
  assert.match(words({ kind: "code", values: [1, 2] }, 3), /jamais vu/);
  assert.equal(words({ kind: "code", values: [1, 2] }, null), undefined);
});
