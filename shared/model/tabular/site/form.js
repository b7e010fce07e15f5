// The form and the answer to its row: every change is answered, and the last one wins.
// Delays of a request after a change, and of the sign that it is pending, in milliseconds.
const [DEBOUNCE, SLOW] = [150, 1000];
// At most these columns leave room for the contributions below the form; more than those stand in groups and can be searched.
const [FEW, FILTERED] = [8, 20];
const GROUPS = { number: ["Nombres", "Numbers"], list: ["Choix", "Choices"], text: ["Textes", "Texts"], date: ["Dates", "Dates"] };
const WAIT = { words: ["Un instant…", "One moment…"] };
let answer = WAIT;
// Number of the last request; responses to earlier ones are ignored.
let lastTurn = 0;
let timer = 0;
// Why there is no explanation, in both languages.
let noExplanation = null;

let renderStatus = () => "";
const tell = (render = renderStatus) => (find("status").textContent = (renderStatus = render)());

function makeForm() {
  const isLong = api.columns.length > FILTERED;
  const made = api.columns.map((column) => makeField(column, () => changed()));
  const grid = (members) => element("div", "fields", members.map(({ node }) => node));
  const groupOf = ({ column: { kind } }) => (GROUPS[kind] ? kind : "list");
  for (const [group, words] of isLong ? Object.entries(GROUPS) : []) {
    const members = made.filter((field) => groupOf(field) === group);
    if (members.length) find("fields").append(element("fieldset", "", [element("legend", "", [bilingual("span", words), ` (${members.length})`]), grid(members)]));
  }
  if (!isLong) find("fields").append(grid(made));
  find("finder").hidden = !isLong;
  if (made.length <= FEW) find("form").after(find("why"));
  for (const { row, words = ["Exemple", "Example"] } of api.examples) {
    const button = bilingual("button", words, "", { type: "button", onclick: () => setRow(row) });
    find("examples").append(button);
  }
}
function setRow(row) {
  for (const field of fields.values()) {
    const value = row[field.column.name] === undefined ? field.column.example : row[field.column.name];
    writeField(field, field.column.kind === "number" && Math.abs(value) < 1e4 && value !== null ? Number(value.toPrecision(6)) : value);
  }
  changed(0);
}
function changed(delay = DEBOUNCE) {
  clearTimeout(timer);
  for (const field of fields.values()) field.told = "";
  const row = readForm();
  fields.forEach(showField);
  lastTurn += 1;
  if (faulty().length) showAnswer({ words: ["Corrigez d'abord les valeurs marquées.", "Correct the marked values first."] });
  else timer = setTimeout(predict, delay, row, lastTurn);
}
const faulty = () => [...fields.values()].filter(({ fault }) => fault);
async function predict(row, turn) {
  removeRetry(find("retry"));
  // Replaces the answer to an earlier row.
  const slowTimer = setTimeout(() => turn === lastTurn && showAnswer(WAIT), SLOW);
  const given = await postJson(api.path, { data: [row], ...(api.explains ? { explain: true } : {}) }).then((body) => ({ body }), (error) => ({ error }));
  clearTimeout(slowTimer);
  if (turn !== lastTurn) return;
  if (!given.error?.faults.some(({ pointer }) => pointer === "/explain")) return showAnswer(given);
  // Another version of the model is served.
  [api.explains, noExplanation] = [false, [given.error.message, given.error.message]];
  predict(row, turn);
}
function showAnswer(given) {
  answer = given;
  const { body, error } = given;
  for (const one of body?.unusual ?? []) if (fieldAt(one)) fieldAt(one).told = nonBreaking(one.detail);
  for (const one of error?.faults ?? []) if (fieldAt(one)) fieldAt(one).fault = () => one.detail;
  fields.forEach(showField);
  show();
  tell(() => [...find("answer").querySelectorAll("h3, p:not(.soft)")].map(({ textContent }) => textContent).join(" "));
  if (error?.retryable) showRetry(find("retry"), () => (fields.size ? changed(0) : start()));
}
function show() {
  const { words, error, body } = answer;
  const name = api.targets.length === 1 ? targetTitle(api.targets[0]) : "";
  find("answer-title").textContent = name ? `${say("Réponse :", "Answer:")} ${name}` : say("Réponse", "Answer");
  const answers = body ? answersOf(body) : [];
  const isOdd = body && find("fields").querySelector(".odd");
  find("answer").replaceChildren(
    words ? paragraph("soft", say(...words)) : error ? paragraph("fault", errorWords(error)) : "",
    ...answers.map(headline),
    isOdd ? paragraph("notice", say("Une valeur est hors de ce que l'apprentissage a vu : la réponse est moins sûre.", "A value is outside of what the training data had: the answer is less certain.")) : "",
    body?.ignored ? paragraph("soft", say(`Colonnes ignorées : ${named(body.ignored)}`, `Ignored columns: ${named(body.ignored)}`)) : "",
  );
  const shared = answers.filter(({ probabilities }) => probabilities);
  find("detail").hidden = !shared.length;
  find("bars").replaceChildren(...shared.flatMap(barsOf));
  const explanation = body?.explanations?.[0];
  find("why").hidden = !explanation && !(body && noExplanation);
  if (body) find("why-list").replaceChildren(...(explanation ? weightsOf(explanation) : noExplanation ? [paragraph("sentence", say(...noExplanation))] : []));
}
// Faults of fields stand at these.
const errorWords = ({ faults, message }) => (faults.length && faults.every(fieldAt) ? say("Corrigez les valeurs marquées.", "Correct the marked values.") : message);

function goToField({ node, main }) {
  if (node.hidden) filter((find("filter").value = ""));
  main.focus();
  node.scrollIntoView({ block: "center" });
}
function filter(text) {
  const wanted = simplified(text);
  for (const { node, column } of fields.values()) node.hidden = ![column.name, ...column.titles].some((words) => simplified(words).includes(wanted));
  for (const group of find("fields").querySelectorAll("fieldset")) group.hidden = !group.querySelector(".field:not([hidden])");
  const shown = find("fields").querySelectorAll(".field:not([hidden])").length;
  find("found").textContent = text ? say(`${shown} colonnes sur ${fields.size}`, `${shown} of ${fields.size} columns`) : "";
}
on("filter", "input", ({ target }) => filter(target.value));

async function start() {
  removeRetry(find("retry"));
  show();
  try {
    const [description, { table }] = await Promise.all([fetchJson("openapi.json"), fetchJson("model")]);
    readApi(description);
    api.explains &&= Boolean(table?.explanation);
    noExplanation = api.explains ? null : table?.no_explanation;
  } catch (error) {
    return showAnswer({ error });
  }
  makeForm();
  find("batch").hidden = false;
  const shown = api.columns.slice(0, 8);
  find("rows").placeholder = toCsv([shown.map(({ name }) => name), shown.map(({ example }) => example)], { separator: say(";", ","), comma: !english() });
  setRow(api.examples[0]?.row ?? {});
}
onLanguage(() => {
  showBatch();
  filter(find("filter").value);
  show();
  // Sentences of the server are in the language of their request.
  if (fields.size) changed(0);
  if (batch.state === "failed") batch.retry();
});
