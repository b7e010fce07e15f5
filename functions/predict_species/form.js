// The form: four measures of a flower, its drawing, and the prediction.
const DEBOUNCE = 120; // delay between a change and its request, in milliseconds
const SLOW = 1000; // delay before a pending request is shown, in milliseconds
const STEP = 0.1; // centimetres
let flowerMeasures = meanMeasures(0); // NaN for an empty field
let sourceFlower = null; // the flower that the measures were copied from, if any
let lastTurn = 0; // number of the last request; responses to earlier ones are ignored
let timer = 0;
let rangesLoaded = false; // whether `ranges` are those of the served model
const WAIT = { words: ["Un instant…", "One moment…"] };
let answer = WAIT;

let renderStatus = () => "";
const tell = (render = renderStatus) => (find("status").textContent = (renderStatus = render)());
function bilingual(tag, [french, inEnglish], properties = {}) {
  const node = element(tag, "", say(french, inEnglish), properties);
  node.dataset.other = say(inEnglish, french);
  return node;
}
const inputs = MEASURES.map(({ label }, index) => {
  const caption = bilingual("label", label, { id: `label-${index}`, htmlFor: `number-${index}` });
  const field = element("input", "", "", { type: "number", id: `number-${index}`, inputMode: "decimal", min: STEP, step: STEP });
  const slider = element("input", "", "", { type: "range", id: `slider-${index}`, step: STEP });
  const [low, high, unusual] = [element("span", "soft"), element("span", "soft"), element("span", "unusual", "", { id: `unusual-${index}` })];
  slider.setAttribute("aria-labelledby", caption.id);
  field.setAttribute("aria-describedby", unusual.id);
  find("measures").append(element("div", "measure", [caption, field, "cm", low, slider, high, unusual]));
  const onInput = () => setMeasures(flowerMeasures.map((value, position) => (position === index ? field.valueAsNumber : value)), null, field);
  field.addEventListener("input", onInput);
  slider.addEventListener("input", () => {
    field.value = slider.value;
    onInput();
  });
  return { field, slider, low, high, unusual };
});
function showRanges() {
  inputs.forEach(({ slider, low, high }, index) => {
    const [min, max] = ranges[index];
    Object.assign(slider, { min, max, value: flowerMeasures[index] || min });
    [low.textContent, high.textContent] = [cm(min), cm(max)];
  });
}
async function loadRanges() {
  if (rangesLoaded) return;
  rangesLoaded = true;
  try {
    const { table } = await fetchJson("model");
    table.columns.forEach(({ name, minimum, maximum }) => {
      ranges[MEASURES.findIndex(({ key }) => key === name)] = [minimum, maximum];
    });
    showRanges();
    show();
  } catch {
    rangesLoaded = false; // the next prediction tries again
  }
}

// Leaves the text of `editedField` as the user types it.
function setMeasures(measures, flower = null, editedField = null) {
  [flowerMeasures, sourceFlower] = [measures, flower];
  inputs.forEach(({ field, slider }, index) => {
    if (field !== editedField) field.value = Number.isNaN(flowerMeasures[index]) ? "" : flowerMeasures[index];
    if (flowerMeasures[index]) slider.value = flowerMeasures[index];
    field.removeAttribute("aria-invalid");
  });
  find("fisher-flower").value = flower?.number ?? "";
  show();
  clearTimeout(timer);
  timer = setTimeout(predict, DEBOUNCE, (lastTurn += 1));
}
async function predict(turn) {
  removeRetry(find("retry"));
  if (flowerMeasures.some(Number.isNaN)) return showAnswer({ words: ["Donnez les quatre mesures, en centimètres.", "Give the four measures, in centimetres."] });
  loadRanges();
  const [measures, flower] = [flowerMeasures, sourceFlower];
  const slowTimer = setTimeout(() => turn === lastTurn && showAnswer(WAIT), SLOW); // replaces the answer for earlier measures
  const newAnswer = await postJson("predict_species", { data: [named(measures)] }).then(
    ({ result: [species], probabilities: [probabilities] }) => ({ species, probabilities, measures, flower }),
    (error) => ({ error }),
  );
  clearTimeout(slowTimer);
  if (turn === lastTurn) showAnswer(newAnswer);
}
function showAnswer(newAnswer) {
  answer = newAnswer;
  show();
  tell(() => [...find("answer").children].map(({ textContent }) => textContent).join(" "));
  for (const { pointer } of newAnswer.error?.faults ?? []) inputs[measureAt(pointer)]?.field.setAttribute("aria-invalid", "true");
  if (newAnswer.error?.retryable) showRetry(find("retry"), predictAgain);
}
const predictAgain = () => setMeasures(flowerMeasures, sourceFlower);
const measureAt = (pointer) => MEASURES.findIndex(({ key }) => pointer === `/data/0/${key}`);

const withColon = (label, text) => `${label}${say(" :", ":")} ${text}`;
function answerLines({ words, error, species, probabilities, measures, flower }) {
  if (words) return [["soft", say(...words)]];
  if (error) {
    const measureFaults = error.faults.filter(({ pointer }) => measureAt(pointer) >= 0);
    return measureFaults.length ? measureFaults.map(({ pointer, detail }) => ["fault", withColon(say(...MEASURES[measureAt(pointer)].label), detail)]) : [["fault", error.message]];
  }
  return [
    ["species", `Iris ${SPECIES[species]}`],
    ["", withColon(say("Probabilité", "Probability"), percent(Math.max(...probabilities)))],
    flower?.number && ["soft", withColon(say(`La fleur ${flower.number} de Fisher, en vérité`, `Fisher's flower ${flower.number} really is`), `Iris ${SPECIES[flower.species]}`)],
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
    const isOutside = flowerMeasures[index] < low || flowerMeasures[index] > high;
    unusual.textContent = isOutside ? say(`Le modèle n'a vu que de ${cm(low)} à ${cm(high)}\u00a0cm.`, `The model has only seen ${cm(low)} to ${cm(high)}\u00a0cm.`) : "";
  });
  if (flowerMeasures.every((value) => value > 0)) drawFlower(flowerMeasures);
  const legend = say("Votre fleur", "Your flower");
  find("legend-mine").textContent = answer.probabilities ? withColon(legend, `Iris ${SPECIES[answer.species]}`) : legend;
  drawScatter();
}

// Texts that do not depend on an answer; rendered again when the language changes.
function renderTexts() {
  const options = FLOWERS.map(({ number: value, measures: [a, b, c, d] }) => element("option", "", `${value} · ${cm(a)} × ${cm(b)} · ${cm(c)} × ${cm(d)}`, { value }));
  const groups = SPECIES.map((name, species) => element("optgroup", "", options.slice(50 * species, 50 * species + 50), { label: `Iris ${name}` }));
  find("fisher-flower").replaceChildren(element("option", "", say("Aucune : vos mesures", "None: your measures"), { value: "" }), ...groups);
  find("fisher-flower").value = sourceFlower?.number ?? "";
  showRanges();
  show();
  highlight([]);
}
SPECIES.forEach((name, species) => {
  const sample = element("button", "", `Iris ${name}`, { type: "button" });
  sample.addEventListener("click", () => setMeasures(meanMeasures(species)));
  find("samples").append(sample);
  find("legend-pasted").before(element("li", "", [symbol(species), element("span", "name", `Iris ${name}`)]));
  find("legend-pasted").prepend(symbol(species, "pasted"));
});
SELECTS.forEach((id, axis) => {
  find(id).append(...MEASURES.map(({ label }, index) => bilingual("option", label, { value: index })));
  find(id).value = axes[axis];
});
find("fisher-flower").addEventListener("change", ({ target }) => {
  const flower = FLOWERS[target.value - 1];
  if (flower) setMeasures(flower.measures, flower);
});
onLanguage(() => {
  renderTexts();
  showBatch();
  tell();
  if (answer.error) predictAgain();
  if (batch.state === "failed") batch.retry();
});
