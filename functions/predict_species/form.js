// Your flower: four measures, the answer of the model, and what both look like.
const DEBOUNCE = 120; // milliseconds
const SLOW = 1000;
const STEP = 0.1; // centimetres
let mine = mean(0); // the measures; NaN where none is given
let taken = null; // the flower that they were taken from, if any
let asked = 0; // an answer to any but the last request is late, and ignored
let timer = 0;
let known = false; // whether the served model has told its ranges
const WAIT = { words: ["Un instant…", "One moment…"] };
let answer = WAIT;

let told = () => "";
const tell = (words = told) => (find("status").textContent = (told = words)());
function bilingual(tag, [french, inEnglish], properties = {}) {
  const made = element(tag, "", say(french, inEnglish), properties);
  made.dataset.other = say(inEnglish, french);
  return made;
}
const inputs = MEASURES.map(({ label }, index) => {
  const caption = bilingual("label", label, { id: `label-${index}`, htmlFor: `number-${index}` });
  const field = element("input", "", "", { type: "number", id: `number-${index}`, inputMode: "decimal", min: STEP, step: STEP });
  const slider = element("input", "", "", { type: "range", id: `slider-${index}`, step: STEP });
  const [low, high, unusual] = [element("span", "soft"), element("span", "soft"), element("span", "unusual", "", { id: `unusual-${index}` })];
  slider.setAttribute("aria-labelledby", caption.id);
  field.setAttribute("aria-describedby", unusual.id);
  find("measures").append(element("div", "measure", [caption, field, "cm", low, slider, high, unusual]));
  const moved = () => take(mine.map((value, other) => (other === index ? field.valueAsNumber : value)), null, field);
  field.addEventListener("input", moved);
  slider.addEventListener("input", () => {
    field.value = slider.value;
    moved();
  });
  return { field, slider, low, high, unusual };
});
function showRanges() {
  inputs.forEach(({ slider, low, high }, index) => {
    const [min, max] = ranges[index];
    Object.assign(slider, { min, max, value: mine[index] || min });
    [low.textContent, high.textContent] = [cm(min), cm(max)];
  });
}
async function learnRanges() {
  if (known) return;
  known = true;
  try {
    const { graphs } = await ask("model");
    graphs.species.inputs.forEach(({ minimum, maximum }, index) => (ranges[index] = [minimum, maximum]));
    showRanges();
    show();
  } catch {
    known = false; // asked again with the next prediction
  }
}

// `typed` is the field that is being typed into: what stands there stays.
function take(measures, flower = null, typed = null) {
  [mine, taken] = [measures, flower];
  inputs.forEach(({ field, slider }, index) => {
    if (field !== typed) field.value = Number.isNaN(mine[index]) ? "" : mine[index];
    if (mine[index]) slider.value = mine[index];
    field.removeAttribute("aria-invalid");
  });
  find("fisher-flower").value = flower?.number ?? "";
  show();
  clearTimeout(timer);
  timer = setTimeout(predict, DEBOUNCE, (asked += 1));
}
async function predict(turn) {
  withdraw(find("retry"));
  if (mine.some(Number.isNaN)) return settle({ words: ["Donnez les quatre mesures, en centimètres.", "Give the four measures, in centimetres."] });
  learnRanges();
  const [measures, flower] = [mine, taken];
  const slow = setTimeout(() => turn === asked && settle(WAIT), SLOW); // what was found for other measures goes
  const found = await post("predict_species", { data: [named(measures)] }).then(
    ({ result: [species], probabilities: [probabilities] }) => ({ species, probabilities, measures, flower }),
    (refusal) => ({ refusal }),
  );
  clearTimeout(slow);
  if (turn === asked) settle(found);
}
function settle(found) {
  answer = found;
  show();
  tell(() => [...find("answer").children].map(({ textContent }) => textContent).join(" "));
  for (const { pointer } of found.refusal?.faults ?? []) inputs[measureAt(pointer)]?.field.setAttribute("aria-invalid", "true");
  if (found.refusal?.again) offer(find("retry"), askAgain);
}
const askAgain = () => take(mine, taken);
const measureAt = (pointer) => MEASURES.findIndex(({ key }) => pointer === `/data/0/${key}`);

const colon = (before, after) => `${before}${say(" :", ":")} ${after}`;
function answerLines({ words, refusal, species, probabilities, measures, flower }) {
  if (words) return [["soft", say(...words)]];
  if (refusal) {
    const places = refusal.faults.filter(({ pointer }) => measureAt(pointer) >= 0);
    return places.length ? places.map(({ pointer, detail }) => ["fault", colon(say(...MEASURES[measureAt(pointer)].label), detail)]) : [["fault", refusal.message]];
  }
  return [
    ["species", `Iris ${SPECIES[species]}`],
    ["", colon(say("Probabilité", "Probability"), percent(Math.max(...probabilities)))],
    flower?.number && ["soft", colon(say(`La fleur ${flower.number} de Fisher, en vérité`, `Fisher's flower ${flower.number} really is`), `Iris ${SPECIES[flower.species]}`)],
    isUnusual(measures) && ["notice", say("Une mesure est hors de ce que le modèle a vu : il ne fait que deviner.", "A measure is outside of what the model has seen: it can only guess.")],
  ].filter(Boolean);
}
const bars = SPECIES.map((name, species) => {
  const [fill, share, row] = [element("span", `fill ${name}`), element("span"), element("li")];
  row.append(symbol(species), element("span", "name", `Iris ${name}`), share, element("span", "track", fill));
  find("bars").append(row);
  return { row, fill, share };
});
function show() {
  find("answer").replaceChildren(...answerLines(answer).map(([className, text]) => element("p", className, text)));
  bars.forEach(({ row, fill, share }, species) => {
    const probability = answer.probabilities?.[species];
    fill.style.width = `${100 * (probability ?? 0)}%`;
    share.textContent = answer.probabilities ? percent(probability) : "–";
    row.className = species === answer.species ? "best" : "";
  });
  inputs.forEach(({ unusual }, index) => {
    const [low, high] = ranges[index];
    const isOut = mine[index] < low || mine[index] > high;
    unusual.textContent = isOut ? say(`Le modèle n'a vu que de ${cm(low)} à ${cm(high)}\u00a0cm.`, `The model has only seen ${cm(low)} to ${cm(high)}\u00a0cm.`) : "";
  });
  if (mine.every((value) => value > 0)) drawFlower(mine);
  const yours = say("Votre fleur", "Your flower");
  find("legend-mine").textContent = answer.probabilities ? colon(yours, `Iris ${SPECIES[answer.species]}`) : yours;
  drawScatter();
}

// What stands on the page from the beginning, and once more in the other language.
function showWords() {
  const options = FLOWERS.map(({ number: value, measures: [a, b, c, d] }) => element("option", "", `${value} · ${cm(a)} × ${cm(b)} · ${cm(c)} × ${cm(d)}`, { value }));
  const groups = SPECIES.map((name, species) => element("optgroup", "", options.slice(50 * species, 50 * species + 50), { label: `Iris ${name}` }));
  find("fisher-flower").replaceChildren(element("option", "", say("Aucune : vos mesures", "None: your measures"), { value: "" }), ...groups);
  find("fisher-flower").value = taken?.number ?? "";
  showRanges();
  show();
  pointOut([]);
}
SPECIES.forEach((name, species) => {
  const sample = element("button", "", `Iris ${name}`, { type: "button" });
  sample.addEventListener("click", () => take(mean(species)));
  find("samples").append(sample);
  find("legend-pasted").before(element("li", "", [symbol(species), element("span", "name", `Iris ${name}`)]));
  find("legend-pasted").prepend(symbol(species, "pasted"));
});
SELECTS.forEach((id, way) => {
  find(id).append(...MEASURES.map(({ label }, index) => bilingual("option", label, { value: index })));
  find(id).value = axes[way];
});
find("fisher-flower").addEventListener("change", ({ target }) => {
  const flower = FLOWERS[target.value - 1];
  if (flower) take(flower.measures, flower);
});
onLanguage(() => {
  showWords();
  showBatch();
  tell();
  if (answer.refusal) askAgain();
  if (batch.state === "failed") batch.again();
});
