// The form, built from the schema in /openapi.json.
const title = (name) => labelOf(fields.get(name).spec);

function formatValue(name, value) {
  const { spec } = fields.get(name);
  const code = spec.oneOf?.find((option) => option.const === value);
  if (code) return labelOf(code);
  const unit = spec.type === "number" ? spec["x-unit"].replace("%", say("\u00a0%", "%")) : "";
  return number(value, { maximumFractionDigits: 2 }) + unit;
}

function makeControl({ oneOf, minimum: min, maximum: max, type }) {
  if (oneOf) return element("select");
  const step = type === "integer" ? 1 : "any";
  // Phones show a numeric keypad without a minus sign.
  const inputMode = min < 0 ? "text" : step === 1 ? "numeric" : "decimal";
  return element("input", "", [], { type: "number", min, max, step, inputMode });
}

function makeField(name, property) {
  const spec = property.anyOf?.find(({ type }) => type !== "null") ?? property;
  const control = Object.assign(makeControl(spec), { id: name, name, required: true });
  control.setAttribute("aria-describedby", `${name}-hint ${name}-fault`);
  control.addEventListener("input", () => showFault(name, null));
  const [label, unit] = [element("label", "", [], { htmlFor: name }), span("unit")];
  const [hint, faultNode] = [p("hint", [], { id: `${name}-hint` }), p("fault", [], { id: `${name}-fault` })];
  fields.set(name, { spec, control, label, unit, hint, faultNode, faultText: null });
  return div(`field${spec.oneOf?.length > 2 ? " list" : ""}`, [label, div("entry", [control, unit]), div("under", [hint, faultNode])]);
}

function translateField({ spec, control, label, unit, hint, faultText }, name) {
  label.textContent = title(name);
  unit.textContent = say(spec["x-unit"], spec["x-unit-en"]) ?? "";
  const range = spec.oneOf || spec["x-unit"] === `/${spec.maximum}` ? "" : number(spec.minimum) + say(" à ", " to ") + number(spec.maximum);
  hint.textContent = [say(spec.description, spec["x-description-en"]), range].filter(Boolean).join(", ");
  if (spec.oneOf) translateOptions(spec.oneOf, control);
  showFault(name, faultText);
}

function translateOptions(codes, control) {
  const { value } = control;
  const options = codes.map((code) => new Option(labelOf(code), code.const));
  if (options.length > 2) options.sort((a, b) => a.text.localeCompare(b.text, document.documentElement.lang, { numeric: true }));
  control.replaceChildren(new Option(say("Choisir…", "Choose…"), ""), ...options);
  control.value = value;
}

function makeGroups(properties) {
  const groups = [];
  for (const [name, property] of properties) {
    if (GROUPS[name] || !groups.length) groups.push({ name, controls: [] });
    groups.at(-1).controls.push(makeField(name, property));
  }
  return groups.flatMap(({ name, controls }) => [...(GROUPS[name] ? [element("h2", "", [], { id: `${name}-group` })] : []), div(`fields ${GROUPS[name]?.[2] ?? "thirds"}`, controls)]);
}

function makeStage({ id, pattern }, index, properties) {
  const groups = div("groups", makeGroups(Object.entries(properties).filter(([name]) => pattern.test(name))));
  if (index === 0) return element("fieldset", "", [element("legend", "unseen"), groups], { id });
  const checkbox = element("input", "", [], { type: "checkbox", id: `${id}-known` });
  checkbox.addEventListener("change", () => enableSemesters(checkbox.checked ? index : index - 1));
  return element("fieldset", "", [element("legend", "", element("label", "", [checkbox, span()])), p("soft"), groups], { id });
}

function translateStage({ id }, index) {
  const words = stageTitle(index);
  if (index === 0) return find(id).querySelector("legend").replaceChildren(words);
  find(id).querySelector("legend span").textContent = say(`${words} terminé`, `${words} is over`);
  find(id).querySelector("p").textContent = say("Cochez pour donner ses résultats ; la prédiction peut s'en passer.", "Tick to give its results; the prediction can do without.");
}

// Enables the fields of the first `level` semesters. The second semester requires the first, and a semester requires all its fields.
function enableSemesters(level) {
  STAGES.slice(1).forEach(({ id }, index) => {
    const known = index < level;
    find(`${id}-known`).checked = known;
    find(id).disabled = !known;
    find(id).querySelector(".groups").hidden = !known;
    find(id).querySelector("p").hidden = known;
  });
  onFormChange();
}

function stepState({ id, pattern }) {
  if (find(id).disabled) return ["", say("pas terminé", "not over")];
  const stageFields = [...fields].filter(([name]) => pattern.test(name));
  const invalid = stageFields.filter(([, { faultText }]) => faultText).length;
  if (invalid) return ["fault", say(`${invalid} à corriger`, `${invalid} to correct`)];
  const empty = stageFields.filter(([, { control }]) => control.value === "").length;
  return ["", empty ? say(`${empty} à remplir`, `${empty} to fill in`) : say("✓ complet", "✓ complete")];
}

function showSteps() {
  [...find("steps").children].forEach(({ firstChild: stepButton }, index) => {
    const [className, state] = stepState(STAGES[index]);
    stepButton.replaceChildren(element("b", "", stageTitle(index)), element("small", className, state));
    stepButton.ariaCurrent = index === step ? "step" : null;
    find(STAGES[index].id).hidden = index !== step;
  });
  find("back").hidden = step === 0;
  find("next").hidden = step === STAGES.length - 1;
}

function goToStep(index) {
  step = index;
  showSteps();
}

function moveStep(offset) {
  goToStep(step + offset);
  find(STAGES[step].id).querySelector("input, select").focus();
}

function showFault(name, faultText) {
  const field = fields.get(name);
  field.faultText = faultText;
  field.faultNode.textContent = faultText?.() ?? "";
  field.control.ariaInvalid = String(Boolean(faultText));
}

function onFormChange() {
  edited = true;
  layout();
  showSteps();
}

function fillForm(student) {
  for (const [name, { control }] of fields) {
    control.value = student[name] ?? "";
    showFault(name, null);
  }
  enableSemesters(lastStageOf(Object.keys(student)));
  goToStep(0);
}

function start(student) {
  setMode("one");
  fillForm(student);
  edited = false;
  predict(student);
}

function translateExamples() {
  const buttons = examples.map(({ summary, "x-summary-en": inEnglish, value }) => button(say(summary, inEnglish), () => start(value)));
  find("examples").replaceChildren(p("", say("Partir d'un étudiant réel :", "Start from a real student:"), { id: "examples-title" }), ...buttons);
}

const enabledFields = () => [...fields].filter(([, { control }]) => !control.matches(":disabled"));
const formValues = () => Object.fromEntries(enabledFields().filter(([, { control }]) => control.value !== "").map(([name, { control }]) => [name, Number(control.value)]));

function showFaults(summary, faults, quiet) {
  displayed = explained = null;
  layout();
  setStatus("one", fault(summary));
  for (const [name, faultText] of faults) if (fields.has(name)) showFault(name, faultText);
  const firstInvalid = [...fields.keys()].find((name) => fields.get(name).faultText);
  if (quiet || !firstInvalid) return showSteps();
  goToStep(STAGES.findIndex(({ pattern }) => pattern.test(firstInvalid)));
  fields.get(firstInvalid).control.focus();
}

function onSubmit(event) {
  event.preventDefault();
  for (const name of fields.keys()) showFault(name, null);
  const empty = enabledFields().filter(([, { control }]) => control.value === "");
  edited = false;
  if (!empty.length) return predict(formValues());
  lastRequestNumber += 1;
  lastStudent = null;
  showFaults(() => say(`Champs à remplir : ${empty.length}.`, `Fields to fill in: ${empty.length}.`), empty.map(([name]) => [name, () => say("À remplir.", "To fill in.")]));
}

const setBusy = (on, ...ids) => ids.forEach((id) => find(id).classList.toggle("busy", on));

async function predict(student, quiet) {
  const requestNumber = ++lastRequestNumber;
  lastStudent = student;
  removeRetry();
  layout();
  setBusy(true, "why", "change", "rights");
  setStatus("one", softText("Un instant…", "One moment…"));
  try {
    const answer = await postJson("predire", student);
    if (answer.modele.version !== model.version) model = await fetchJson("model");
    if (requestNumber !== lastRequestNumber) return;
    displayed = { student, answer };
  } catch (error) {
    if (requestNumber === lastRequestNumber) showError(error, quiet);
    return;
  }
  showPrediction();
  layout();
  if (!quiet) find("result").scrollIntoView({ block: "nearest" });
  explain();
}

function showError({ message, faults, retryable }, quiet) {
  const fieldFaults = faults.map(({ pointer, detail }) => [pointer.split("/").pop(), () => detail]);
  const allInForm = fieldFaults.length && fieldFaults.every(([name]) => fields.has(name));
  showFaults(() => (allInForm ? say(`Champs à corriger : ${fieldFaults.length}.`, `Fields to correct: ${fieldFaults.length}.`) : message), fieldFaults, quiet);
  if (retryable) retry("one", () => predict(lastStudent));
}

function showPrediction() {
  const { prediction, a_verifier: doubtful, probabilite_echec: failure, facteurs } = displayed.answer;
  const stage = stageOf(displayed.answer);
  setStatus("one", () => [
    p(`verdict ${prediction}${doubtful ? " doubtful" : ""}`, say(...VERDICTS[prediction])),
    ...(doubtful ? [paragraph("notice", "Trop incertain pour conclure : une personne doit examiner ce dossier.", "Too uncertain to conclude: a person must look at this case.")] : []),
    p("", failureText(failure)),
    stage ? paragraph("soft", `Prédiction faite après le semestre ${stage}.`, `Predicted after semester ${stage}.`) : paragraph("soft", "Prédiction faite à l'inscription.", "Predicted at enrolment."),
  ]);
  drawGauge(failure);
  const largest = Math.max(...facteurs.map(({ contribution }) => Math.abs(contribution)));
  find("factors").replaceChildren(...facteurs.map((factor) => makeFactor(factor, largest)));
  setBusy(false, "why");
}

function scaleSegment(className, left, width, words = "") {
  const segment = span(className, words);
  Object.assign(segment.style, { left: `${100 * left}%`, width: `${100 * width}%` });
  return segment;
}

function drawGauge(failure) {
  const { abstention_low: low, abstention_high: high } = model.thresholds;
  const scale = div("scale", [scaleSegment("band", low, high - low), scaleSegment("needle", failure)], { role: "img" });
  const bandLabel = scaleSegment("", low, high - low, `${say("à vérifier :", "to check:")} ${percent(low, 0)}–${percent(high, 0)}`);
  scale.ariaLabel = `${failureText(failure)} (${bandLabel.textContent})`;
  find("gauge").replaceChildren(scale, div("marks", [span("", say("réussite", "success")), bandLabel, span("", say("échec", "failure"))]));
}

const formatWeight = (value) => number(value, { signDisplay: "exceptZero", minimumFractionDigits: 2, maximumFractionDigits: 2 });

function makeFactor({ variable, valeur, contribution, sens }, largest) {
  const heading = div("fact", [span("", `${title(variable)}${say(" : ", ": ")}${formatValue(variable, valeur)}`), span("weight", formatWeight(contribution))]);
  const bar = scaleSegment("bar", 0, Math.abs(contribution) / largest);
  const halves = [span("", say(...DIRECTIONS[sens])), span("room", bar)];
  return li(sens, [heading, div("diverging", contribution > 0 ? halves : halves.reverse())]);
}
