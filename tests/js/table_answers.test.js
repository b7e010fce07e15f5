"use strict";
const assert = require("node:assert/strict");
const { test } = require("node:test");
const { loadPage } = require("./page.js");

const page = loadPage("shared/model/tabular/site/table.html");
const spaces = (words) => words.replace(/[\u00a0\u202f]/g, " ");
const ask = (expression, input, facts = {}) => spaces(page.run(`Object.assign(api, input.facts); ${expression}`, { ...input, facts: { kind: "classes", targets: [], coverage: 0.9, ...facts } }));
const PAIR = { name: "achat", labels: ["non", "oui"] };
const TRIO = { name: "vin", labels: ["a", "b", "c"] };
const PRICE = { name: "prix", minimum: 0, maximum: 1000 };

const further = (answer, facts) => ask("furtherWords(input.answer)", { answer: { target: PAIR, ...answer } }, facts);
test("the classes that cannot be ruled out are named, and none is said", () => {
  assert.equal(further({ set: ["oui"] }), "Le modèle n'exclut pas : oui. La vraie classe en fait partie neuf fois sur dix.");
  assert.equal(further({ set: ["oui", "non"] }, { coverage: 0.95 }), "Le modèle n'exclut pas : oui, non. La vraie classe en fait partie dans 95 % des cas.");
  assert.match(further({ set: Array.from({ length: 20 }, (_, index) => index) }), /: 0, 1, 2, 3, 4, 5, 6, 7 et 12 autres\./);
  assert.match(further({ set: [] }), /^Aucune classe ne convient/);
  assert.equal(further({}), "");
});
test("scores, intervals and outliers are told", () => {
  assert.equal(further({ scores: [0.5] }), "Un score positif désigne « oui ».");
  assert.equal(further({ interval: [1, 2] }), "Le vrai nombre y est neuf fois sur dix.");
  assert.match(further({ scores: [0.5] }, { kind: "outliers" }), /Plus le score est bas/);
  const beside = (answer) => ask("beside(input.answer)", { answer: { target: PRICE, ...answer } });
  assert.equal(beside({ interval: [12.34, 5678.9] }), "Entre 12 et 5679");
  assert.equal(beside({ probabilities: [0.25, 0.75] }), "Probabilité : 75,0 %");
  assert.equal(beside({ scores: [-0.05] }), "Score : −0,05");
});
test("an answer is a number with the digits of its range, a class, or a word", () => {
  const verdict = (kind, target, result) => ask("verdict(input.answer)", { answer: { target, result } }, { kind });
  assert.equal(verdict("values", PRICE, 123.456), "123");
  assert.equal(verdict("values", { minimum: 0, maximum: 1 }, 0.12345), "0,12");
  assert.equal(verdict("values", { name: "x" }, 1234567.891), "1 234 568");
  assert.equal(verdict("values", { name: "x" }, 0.00123456), "0,00123");
  assert.equal(verdict("classes", PAIR, true), "oui");
  assert.equal(verdict("classes", TRIO, 2013), "2013");
  assert.equal(verdict("outliers", {}, -1), "inhabituelle");
  assert.equal(verdict("clusters", {}, 2), "groupe 2");
});

const CONTRIBUTIONS = [{ column: "a", contribution: -0.4 }, { column: "b", contribution: 0.1 }];
function told(target, explanation) {
  const input = { explanation: { base: 0.5, total: 0.2, class: null, contributions: CONTRIBUTIONS, ...explanation } };
  return ["up", "down"].map((way) => ask(`scaleOf(input.explanation).${way}`, input, { targets: [target] })).concat(ask("sumWords(input.explanation, scaleOf(input.explanation).write)", input, { targets: [target] }));
}
test("contributions are told in the words of their scale", () => {
  assert.deepEqual(told(PRICE, { scale: "value" }), ["augmente la réponse", "diminue la réponse", "Moyenne de l'apprentissage 0,500, contributions −0,300, somme 0,200 : la réponse."]);
  assert.match(told(PRICE, { scale: "log_value" })[2], /somme 0,200 : le logarithme de la réponse\.$/);
  assert.match(told(PRICE, { scale: "log1p_value" })[2], /: le logarithme de la réponse plus un\.$/);
  const pair = told(PAIR, { scale: "log_odds", class: "oui" });
  assert.deepEqual(pair.slice(0, 2), ["pousse vers « oui »", "pousse vers « non »"]);
  assert.match(pair[2], /: la log-cote de « oui », soit une probabilité de 55,0 %\.$/);
  const trio = told(TRIO, { scale: "log_odds", class: "b" });
  assert.deepEqual(trio.slice(0, 2), ["pousse vers « b »", "éloigne de « b »"]);
  assert.match(trio[2], /: le score de « b » \(log-cote\), d'où vient sa probabilité\.$/);
  const share = told(PAIR, { scale: "probability", class: "oui" });
  assert.equal(share[1], "éloigne de « oui »");
  assert.equal(share[2], "Moyenne de l'apprentissage 50,0 points, contributions −30,0 points, somme 20,0 points : la probabilité de « oui ».");
  assert.match(told(TRIO, { scale: "value", class: "a" })[2], /: le score de « a »\.$/);
});
test("sliders have round steps, whole ones for whole numbers", () => {
  const step = (low, high, whole = false) => page.run("stepOf(input)", { low, high, whole });
  assert.deepEqual([step(0, 1), step(11.03, 14.83), step(0, 755000), step(1, 2, true), step(278, 1680, true)], [0.005, 0.02, 5000, 1, 10]);
});
