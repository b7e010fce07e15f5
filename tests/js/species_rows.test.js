"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { loadPage, plain } = require("./page.js");

const KEYS = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"];
const BOUNDS = Object.fromEntries(KEYS.map((key) => [key, { exclusiveMinimum: 0, maximum: 100 }]));
const [SETOSA, VERSICOLOR, VIRGINICA, NONE] = [0, 1, 2, -1];
const RANGE = "attendu : nombre plus grand que 0 et d'au plus 100, reçu :";

const page = loadPage("functions/predict_species/page.html");
const read = (text) => plain(page.run("readRows(input.text, input.bounds)", { text, bounds: BOUNDS }));
const fault = (line, label, got, words = RANGE) => [line, label, got ? `${words} ${got}` : words];
const faultsOf = (text) => read(text).faults.map(({ line, label, words }) => [line, label[0], words[0]]);

// Each text holds one flower of 5.9, 2.8, 4.3 and 1.3 cm: [the text, its line, its species].
const FORMATS = {
  UCI: ["5.9,2.8,4.3,1.3,Iris-versicolor", 1, VERSICOLOR],
  "a French spreadsheet": ["5,9\t2,8\t4,3\t1,3", 1, NONE],
  "French CSV": ["Espèce;Larg. pétale;Long. pétale;Larg. sépale;Long. sépale\r\nversicolor;1,3;4,3;2,8;5,9\r\n", 2, VERSICOLOR],
  "accents lost": ["s\ufffdpale long.;s\ufffdpale larg.;p\ufffdtale long.;p\ufffdtale larg.\n5,9;2,8;4,3;1,3", 2, NONE],
  R: ['"","Sepal.Length","Sepal.Width","Petal.Length","Petal.Width","Species"\n"1",5.9,2.8,4.3,1.3,"versicolor"', 2, VERSICOLOR],
  pandas: [",petal_width,petal_length,sepal_width,sepal_length\n0,1.3,4.3,2.8,5.9", 2, NONE],
  Kaggle: ["Id,SepalLengthCm,SepalWidthCm,PetalLengthCm,PetalWidthCm,Species\n1,5.9,2.8,4.3,1.3,Iris-versicolor", 2, VERSICOLOR],
  "species first, blank lines": ["\n\nversicolor;5,9;2,8;4,3;1,3\n\n;;;;\n", 3, VERSICOLOR],
  spaces: ["5,9  2,8 4,3   1,3", 1, NONE],
  "decimal commas between commas": ["5,9, 2,8, 4,3, 1,3", 1, NONE],
  "points between commas": ["5.9, 2.8, 4.3, 1.3, versicolor", 1, VERSICOLOR],
  "quoted commas": ['"5,9","2,8","4,3","1,3"', 1, NONE],
  "a spreadsheet's empty first column": ["\t5.9\t2.8\t4.3\t1.3", 1, NONE],
};
for (const [name, [text, line, given]] of Object.entries(FORMATS)) {
  test(`a flower is read: ${name}`, () => {
    assert.deepEqual(read(text), { rows: [{ line, measures: [5.9, 2.8, 4.3, 1.3], given }], faults: [] });
  });
}

test("each wrong measure is named, and the other lines are kept", () => {
  const text = "petal length;petal width;sepal length;sepal width\n1,4;0,2;5,1;3,5\n1,4;bleu;5,1;101\n\n1,4;0\n4;1;200;3";
  assert.deepEqual(faultsOf(text), [
    fault(3, "Largeur du sépale", "« 101 »"),
    fault(3, "Largeur du pétale", "« bleu »"),
    fault(5, "Longueur du sépale", "rien"),
    fault(5, "Largeur du sépale", "rien"),
    fault(5, "Largeur du pétale", "« 0 »"),
    fault(6, "Longueur du sépale", "« 200 »"),
  ]);
  assert.deepEqual(read(text).rows, [{ line: 2, measures: [5.1, 3.5, 1.4, 0.2], given: NONE }]);
});

test("a fault is translated", () => {
  const { label, words } = read("5,1;3,5;1,4;0,2\n5;x;1;1").faults[0];
  assert.deepEqual([label[1], words[1]], ["Sepal width", 'expected: number greater than 0 and at most 100, got: "x"']);
});

test("an empty cell between tabs keeps its place", () => {
  assert.deepEqual(faultsOf("5,9\t2,8\t4,3\t1,3\n5,9\t\t4,3\t1,3"), [fault(2, "Largeur du sépale", "rien")]);
});

test("a long cell is cut in its fault", () => {
  assert.deepEqual(faultsOf(`5;${"x".repeat(41)};1;1\n5;3;1;1`), [fault(1, "Largeur du sépale", `« ${"x".repeat(39)}… »`)]);
});

test("a measure that the headings lack is named", () => {
  const text = "Longueur du sépale;Largeur du sépale;Longueur du pétale\n5,1;3,5;1,4";
  assert.deepEqual(faultsOf(text), [fault(1, "Largeur du pétale", "", "absente des titres")]);
  assert.deepEqual(read(text).rows, []);
});

test("headings that name no measure are a wrong line", () => {
  const text = ["un;deux;trois;quatre", ...Array(30).fill("5,1;3,5;x;0,2")].join("\n");
  assert.equal(faultsOf(text).length, 34);
  assert.deepEqual(faultsOf(text)[4], fault(2, "Longueur du pétale", "« x »"));
});

test("nothing is neither a row nor a fault", () => {
  assert.deepEqual(read(""), { rows: [], faults: [] });
});

test("results are read back with the species that was given, not the predicted one", () => {
  const row = { line: 7, measures: [5.1, 3.5, 1.4, 0.2], given: VIRGINICA };
  for (const language of ["fr", "en"]) {
    page.setLanguage(language);
    const titles = ["line", ...KEYS, "given species", "species"];
    const text = page.run("toCsv(input.titles, input.rows)", { titles, rows: [[7, ...row.measures, "virginica", "setosa"]] });
    assert.equal(text.split("\r\n")[1], language === "fr" ? "7;5,1;3,5;1,4;0,2;virginica;setosa" : "7,5.1,3.5,1.4,0.2,virginica,setosa");
    assert.deepEqual(read(text).rows, [{ ...row, line: 2 }]);
  }
  page.setLanguage("fr");
});
