// The form is made from the model's own schema.
const title = (name) => named(fields.get(name).spec);

function inWords(name, value) {
  const { spec } = fields.get(name);
  const code = spec.oneOf?.find((one) => one.const === value);
  if (code) return named(code);
  const unit = spec.type === "number" ? spec["x-unit"].replace("%", say("\u00a0%", "%")) : "";
  return number(value, { maximumFractionDigits: 2 }) + unit;
}

function makeControl({ oneOf, minimum: min, maximum: max, type }) {
  if (oneOf) return element("select");
  const step = type === "integer" ? 1 : "any";
  const inputMode = min < 0 ? "text" : step === 1 ? "numeric" : "decimal"; // a phone's digits have no minus
  return element("input", "", [], { type: "number", min, max, step, inputMode });
}

function makeField(name, property) {
  const spec = property.anyOf?.find(({ type }) => type !== "null") ?? property;
  const control = Object.assign(makeControl(spec), { id: name, name, required: true });
  control.setAttribute("aria-describedby", `${name}-hint ${name}-fault`);
  control.addEventListener("input", () => showFault(name, null));
  const [label, unit] = [element("label", "", [], { htmlFor: name }), span("unit")];
  const [hint, wrong] = [p("hint", [], { id: `${name}-hint` }), p("fault", [], { id: `${name}-fault` })];
  fields.set(name, { spec, control, label, unit, hint, wrong, words: null });
  return div(`field${spec.oneOf?.length > 2 ? " list" : ""}`, [label, div("entry", [control, unit]), div("under", [hint, wrong])]);
}

function sayField({ spec, control, label, unit, hint, words }, name) {
  label.textContent = title(name);
  unit.textContent = say(spec["x-unit"], spec["x-unit-en"]) ?? "";
  const range = spec.oneOf || spec["x-unit"] === `/${spec.maximum}` ? "" : number(spec.minimum) + say(" à ", " to ") + number(spec.maximum);
  hint.textContent = [say(spec.description, spec["x-description-en"]), range].filter(Boolean).join(", ");
  if (spec.oneOf) sayOptions(spec.oneOf, control);
  showFault(name, words);
}

function sayOptions(codes, control) {
  const { value } = control;
  const options = codes.map((code) => new Option(named(code), code.const));
  if (options.length > 2) options.sort((a, b) => a.text.localeCompare(b.text, document.documentElement.lang, { numeric: true }));
  control.replaceChildren(new Option(say("Choisir…", "Choose…"), ""), ...options);
  control.value = value;
}

function makeGroups(own) {
  const groups = [];
  for (const [name, property] of own) {
    if (GROUPS[name] || !groups.length) groups.push({ name, made: [] });
    groups.at(-1).made.push(makeField(name, property));
  }
  return groups.flatMap(({ name, made }) => [...(GROUPS[name] ? [element("h2", "", [], { id: `${name}-group` })] : []), div(`fields ${GROUPS[name]?.[2] ?? "thirds"}`, made)]);
}

function makeStage({ id, owns }, index, properties) {
  const groups = div("groups", makeGroups(Object.entries(properties).filter(([name]) => owns.test(name))));
  if (index === 0) return element("fieldset", "", [element("legend", "unseen"), groups], { id });
  const box = element("input", "", [], { type: "checkbox", id: `${id}-known` });
  box.addEventListener("change", () => know(box.checked ? index : index - 1));
  return element("fieldset", "", [element("legend", "", element("label", "", [box, span()])), p("soft"), groups], { id });
}

function sayStage({ id }, index) {
  const words = stageTitle(index);
  if (index === 0) return find(id).querySelector("legend").replaceChildren(words);
  find(id).querySelector("legend span").textContent = say(`${words} terminé`, `${words} is over`);
  find(id).querySelector("p").textContent = say("Cochez pour donner ses résultats ; la prédiction peut s'en passer.", "Tick to give its results; the prediction can do without.");
}

// A semester is given whole, and the second one only after the first.
function know(level) {
  STAGES.slice(1).forEach(({ id }, index) => {
    const known = index < level;
    find(`${id}-known`).checked = known;
    find(id).disabled = !known;
    find(id).querySelector(".groups").hidden = !known;
    find(id).querySelector("p").hidden = known;
  });
  changed();
}

function stateOf({ id, owns }) {
  if (find(id).disabled) return ["", say("pas terminé", "not over")];
  const own = [...fields].filter(([name]) => owns.test(name));
  const wrong = own.filter(([, { words }]) => words).length;
  if (wrong) return ["fault", say(`${wrong} à corriger`, `${wrong} to correct`)];
  const empty = own.filter(([, { control }]) => control.value === "").length;
  return ["", empty ? say(`${empty} à remplir`, `${empty} to fill in`) : say("✓ complet", "✓ complete")];
}

function showSteps() {
  [...find("steps").children].forEach(({ firstChild: own }, index) => {
    const [className, state] = stateOf(STAGES[index]);
    own.replaceChildren(element("b", "", stageTitle(index)), element("small", className, state));
    own.ariaCurrent = index === step ? "step" : null;
    find(STAGES[index].id).hidden = index !== step;
  });
  find("back").hidden = step === 0;
  find("next").hidden = step === STAGES.length - 1;
}

function go(to) {
  step = to;
  showSteps();
}

function move(by) {
  go(step + by);
  find(STAGES[step].id).querySelector("input, select").focus();
}

function showFault(name, words) {
  const one = fields.get(name);
  one.words = words;
  one.wrong.textContent = words?.() ?? "";
  one.control.ariaInvalid = String(Boolean(words));
}

function changed() {
  edited = true;
  layout();
  showSteps();
}

function fillIn(student) {
  for (const [name, { control }] of fields) {
    control.value = student[name] ?? "";
    showFault(name, null);
  }
  know(reached(Object.keys(student)));
  go(0);
}

function start(student) {
  setMode("one");
  fillIn(student);
  edited = false;
  predict(student);
}

function sayExamples() {
  const buttons = examples.map(({ summary, "x-summary-en": other, value }) => button(say(summary, other), () => start(value)));
  find("examples").replaceChildren(p("", say("Partir d'un étudiant réel :", "Start from a real student:"), { id: "examples-title" }), ...buttons);
}

const given = () => [...fields].filter(([, { control }]) => !control.matches(":disabled"));
const typed = () => Object.fromEntries(given().filter(([, { control }]) => control.value !== "").map(([name, { control }]) => [name, Number(control.value)]));

function reject(summary, faults, quiet) {
  shown = explained = null;
  layout();
  tell("one", fault(summary));
  for (const [name, words] of faults) if (fields.has(name)) showFault(name, words);
  const wrong = [...fields.keys()].find((name) => fields.get(name).words);
  if (quiet || !wrong) return showSteps();
  go(STAGES.findIndex(({ owns }) => owns.test(wrong)));
  fields.get(wrong).control.focus();
}

function submit(event) {
  event.preventDefault();
  for (const name of fields.keys()) showFault(name, null);
  const empty = given().filter(([, { control }]) => control.value === "");
  edited = false;
  if (!empty.length) return predict(typed());
  asked += 1;
  last = null;
  reject(() => say(`Champs à remplir : ${empty.length}.`, `Fields to fill in: ${empty.length}.`), empty.map(([name]) => [name, () => say("À remplir.", "To fill in.")]));
}

const dim = (on, ...ids) => ids.forEach((id) => find(id).classList.toggle("busy", on));

async function predict(student, quiet) {
  const mine = ++asked;
  last = student;
  withdraw();
  layout();
  dim(true, "why", "change", "rights");
  tell("one", wait("Un instant…", "One moment…"));
  try {
    const answer = await post("predire", student);
    if (answer.modele.version !== model.version) model = await ask("model");
    if (mine !== asked) return;
    shown = { student, answer };
  } catch (error) {
    if (mine === asked) refuse(error, quiet);
    return;
  }
  showPrediction();
  layout();
  if (!quiet) find("result").scrollIntoView({ block: "nearest" });
  explain();
}

function refuse({ message, faults, again }, quiet) {
  const placed = faults.map(({ pointer, detail }) => [pointer.split("/").pop(), () => detail]);
  const all = placed.length && placed.every(([name]) => fields.has(name));
  reject(() => (all ? say(`Champs à corriger : ${placed.length}.`, `Fields to correct: ${placed.length}.`) : message), placed, quiet);
  if (again) retry("one", () => predict(last));
}

function showPrediction() {
  const { prediction, a_verifier: doubtful, probabilite_echec: failure, facteurs } = shown.answer;
  const stage = stageOf(shown.answer);
  tell("one", () => [
    p(`verdict ${prediction}${doubtful ? " doubtful" : ""}`, say(...VERDICTS[prediction])),
    ...(doubtful ? [paragraph("notice", "Trop incertain pour conclure : une personne doit examiner ce dossier.", "Too uncertain to conclude: a person must look at this case.")] : []),
    p("", failing(failure)),
    stage ? paragraph("soft", `Prédiction faite après le semestre ${stage}.`, `Predicted after semester ${stage}.`) : paragraph("soft", "Prédiction faite à l'inscription.", "Predicted at enrolment."),
  ]);
  drawGauge(failure);
  const most = Math.max(...facteurs.map(({ contribution }) => Math.abs(contribution)));
  find("factors").replaceChildren(...facteurs.map((factor) => makeFactor(factor, most)));
  dim(false, "why");
}

function along(className, left, width, words = "") {
  const made = span(className, words);
  Object.assign(made.style, { left: `${100 * left}%`, width: `${100 * width}%` });
  return made;
}

function drawGauge(failure) {
  const { abstention_low: low, abstention_high: high } = model.thresholds;
  const scale = div("scale", [along("band", low, high - low), along("needle", failure)], { role: "img" });
  const middle = along("", low, high - low, `${say("à vérifier :", "to check:")} ${percent(low, 0)}–${percent(high, 0)}`);
  scale.ariaLabel = `${failing(failure)} (${middle.textContent})`;
  find("gauge").replaceChildren(scale, div("marks", [span("", say("réussite", "success")), middle, span("", say("échec", "failure"))]));
}

const signed = (value) => number(value, { signDisplay: "exceptZero", minimumFractionDigits: 2, maximumFractionDigits: 2 });

function makeFactor({ variable, valeur, contribution, sens }, most) {
  const fact = div("fact", [span("", `${title(variable)}${say(" : ", ": ")}${inWords(variable, valeur)}`), span("weight", signed(contribution))]);
  const bar = along("bar", 0, Math.abs(contribution) / most);
  const halves = [span("", say(...SENSES[sens])), span("room", bar)];
  return li(sens, [fact, div("diverging", contribution > 0 ? halves : halves.reverse())]);
}
