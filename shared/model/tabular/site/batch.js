// A file of rows: read, sent in batches, shown in a table, given back as CSV.
// Characters of a text; bytes and rows of a request, below the defaults of MAX_BODY_BYTES and MAX_ROWS.
const [LARGEST_TEXT, LARGEST_REQUEST, MOST_ROWS] = [3e7, 6e5, 1000];
// Rows in the table, of which the CSV has all; faults in the list; refusals of one batch.
const [SHOWN, LISTED_FAULTS, MOST_REFUSALS] = [200, 20, 30];
const EMPTY = { table: readRows("", []), todo: [], done: 0, state: "empty", error: null, retry: null };
const batch = { ...EMPTY, turn: 0, size: MOST_ROWS, text: null, name: "" };

// Responses to an earlier turn are ignored.
function reset(state) {
  Object.assign(batch, EMPTY, { state });
  removeRetry(find("again"));
  showBatch();
  return (batch.turn += 1);
}
async function startBatch() {
  const turn = reset("sending");
  const text = batch.text ?? find("rows").value;
  if (text.length > LARGEST_TEXT) return refuseText();
  const table = readRows(text, api.columns);
  const todo = table.records.filter(({ row }) => row);
  const bytes = JSON.stringify(todo[0]?.row ?? "").length;
  Object.assign(batch, { table, todo, size: Math.max(1, Math.min(MOST_ROWS, Math.floor(LARGEST_REQUEST / bytes))) });
  await send(turn);
}
async function send(turn) {
  Object.assign(batch, { state: "sending", error: null });
  showBatch();
  let refusals = 0;
  while (batch.done < batch.todo.length) {
    const part = batch.todo.slice(batch.done, batch.done + batch.size);
    try {
      const body = await postJson(api.path, { data: part.map(({ row }) => row) });
      if (turn !== batch.turn) return;
      part.forEach((record, index) => (record.answers = answersOf(body, index)));
      batch.done += part.length;
      refusals = 0;
      showProgress();
    } catch (error) {
      if (turn !== batch.turn) return;
      if (error.status === 413 && part.length > 1) batch.size = Math.ceil(part.length / 2);
      else if (error.status !== 422 || (refusals += 1) > MOST_REFUSALS || !dropRefused(part, error)) return fail(error, () => send(turn));
    }
  }
  batch.state = "done";
  showBatch();
  tell(() => sentences().join(" "));
}
// Leaves out the rows that the server refuses. False if it names none.
function dropRefused(part, { faults }) {
  const refused = new Set();
  for (const fault of faults) {
    const record = part[fault.pointer.split("/")[2]];
    if (!record) continue;
    refused.add(record);
    batch.table.faults.push({ line: record.line, column: fieldAt(fault)?.column, words: [fault.detail, fault.detail] });
  }
  batch.todo = batch.todo.filter((record) => !refused.has(record));
  return refused.size > 0;
}
// The field that a JSON pointer names.
const fieldAt = ({ pointer }) => fields.get(pointer.split("/").slice(3).join("/").replaceAll("~1", "/").replaceAll("~0", "~"));
function fail(error, retry) {
  Object.assign(batch, { state: "failed", error, retry });
  showBatch();
  tell(() => error.message);
  if (error.retryable) showRetry(find("again"), retry);
}
const refuseText = () => fail(new RequestError(say("Attendu : du texte (CSV), au plus 30 millions de caractères.", "Expected: text (CSV), at most 30 million characters."), { status: 415 }), startBatch);

const answered = () => batch.table.records.filter(({ answers }) => answers);
const unusualColumns = ({ row }) => api.columns.filter((column) => unusualWords(column, row[column.name]));
// If the file has the target: how often, or how closely, the answers agree with it.
function agreement(target, index) {
  const place = batch.table.headings.indexOf(target.name);
  const pairs = answered().map(({ cells, answers }) => [(cells[place] ?? "").trim(), answers[index].result]).filter(([given]) => given);
  if (place < 0 || !pairs.length) return "";
  const name = quoted(targetTitle(target));
  if (api.kind === "classes") {
    const right = pairs.filter(([given, result]) => given.toLowerCase() === String(result).toLowerCase() || Number(given) === result).length;
    return `${say(`Comme la colonne ${name} :`, `As column ${name}:`)} ${number(right)} ${say("sur", "of")} ${number(pairs.length)} (${percent(right / pairs.length)}).`;
  }
  const sum = pairs.reduce((total, [given, result]) => total + Math.abs(Number(given.replace(",", ".")) - result), 0);
  return `${say(`Écart moyen avec la colonne ${name} :`, `Mean distance to column ${name}:`)} ${targetNumber(target, sum / pairs.length)}.`;
}
function sentences() {
  const { table, todo } = batch;
  const missing = named(table.missing.map(titleOf));
  if (missing) return [say(`La première ligne ne nomme pas : ${missing}. Rien n'est envoyé.`, `The first line does not name: ${missing}. Nothing is sent.`)];
  if (!table.records.length) return table.faults.length ? [] : [say("Collez d'abord des lignes, avec leurs titres.", "Paste some rows first, with their headings.")];
  const odd = answered().filter((record) => unusualColumns(record).length).length;
  const [dropped, unused] = [table.records.length - todo.length, table.headings.length - new Set(table.places).size];
  return [
    `${say("Lignes prédites :", "Rows predicted:")} ${number(todo.length)}${countWords()}.`,
    ...api.targets.map(agreement),
    odd && `${say("Avec une valeur inhabituelle :", "With an unusual value:")} ${number(odd)}.`,
    dropped && `${say("Lignes écartées :", "Rows left out:")} ${number(dropped)}.`,
    unused > 0 && `${say("Colonnes que le modèle ne lit pas, gardées :", "Columns that the model does not read, kept:")} ${number(unused)}.`,
  ].filter(Boolean);
}
// How many rows have each answer, if there are few.
function countWords() {
  const counts = new Map();
  if (api.kind !== "values" && api.targets.length === 1) for (const { answers } of answered()) counts.set(verdict(answers[0]), (counts.get(verdict(answers[0])) ?? 0) + 1);
  return counts.size && counts.size <= NAMED ? ` (${[...counts].map((pair) => pair.join("\u00a0× ")).join(", ")})` : "";
}

function showProgress() {
  const [done, all] = [batch.done, batch.todo.length];
  Object.assign(find("progress"), { max: all || 1, value: done });
  find("done").textContent = say(`${number(done)} lignes sur ${number(all)}`, `${number(done)} of ${number(all)} rows`);
}
function showBatch() {
  const [isDone, faults] = [batch.state === "done", batch.table.faults];
  showProgress();
  find("sending").hidden = isDone || !batch.todo.length;
  find("batch-fault").textContent = batch.error?.message ?? "";
  find("file-name").textContent = batch.text === null ? "" : batch.name;
  find("summary").replaceChildren(...(isDone ? sentences().map((text) => paragraph("", text)) : []));
  find("faults").replaceChildren(...(isDone ? faultLines(faults) : []));
  find("rows").setAttribute("aria-invalid", isDone && faults.length > 0);
  find("results").hidden = !isDone || !answered().length;
  showTable(isDone ? answered().slice(0, SHOWN) : []);
}
const faultWords = ({ column, words }) => (column ? titleOf(column) + say("\u00a0: ", ": ") : "") + say(...words);
function faultLines(faults) {
  const lines = faults.slice(0, LISTED_FAULTS).map((fault) => say(`Ligne ${fault.line}, ${faultWords(fault)}`, `Line ${fault.line}, ${faultWords(fault)}`));
  const more = number(faults.length - LISTED_FAULTS);
  if (faults.length > LISTED_FAULTS) lines.push(say(`… et ${more} de plus`, `… and ${more} more`));
  return lines.map((text) => element("li", "", text));
}
function showTable(records) {
  const { headings, places } = batch.table;
  const titles = [say("Ligne", "Line"), ...api.targets.map((target) => targetTitle(target) || say("réponse", "answer")), ...headings];
  find("table-head").replaceChildren(element("tr", "", titles.map((words) => element("th", "", cut(words, 30), { scope: "col" }))));
  const rows = records.map((record) => {
    const odd = new Set(unusualColumns(record).map((column) => places[api.columns.indexOf(column)]));
    const answers = record.answers.map((one) => element("td", "", [element("b", "", verdict(one)), span("soft", ` ${beside(one, 0)}`)]));
    const cells = headings.map((_, place) => element("td", odd.has(place) ? "odd" : "", cut(record.cells[place] ?? "", 40) + (odd.has(place) ? say(" (inhabituel)", " (unusual)") : "")));
    return element("tr", "", [element("th", "", number(record.line), { scope: "row" }), ...answers, ...cells]);
  });
  find("table").replaceChildren(...rows);
  const hidden = number(answered().length - rows.length);
  find("more").textContent = rows.length === SHOWN ? say(`Le fichier des résultats a aussi les ${hidden} autres lignes.`, `The file of results also has the ${hidden} other rows.`) : "";
}

async function openFile(file) {
  if (!file) return;
  // A folder cannot be read.
  const bytes = file.size <= LARGEST_TEXT ? await file.arrayBuffer().catch(() => null) : null;
  const text = bytes ? decoded(bytes) : "\0";
  reset("empty");
  if (text.includes("\0")) return refuseText();
  Object.assign(batch, { text, name: file.name });
  find("rows").value = "";
  startBatch();
}
function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
// The headings and the cells that the results add to a row, for one target.
function addedCells({ target, result, probabilities = [], scores = [], set, interval }) {
  const each = (words, values) => values.map((value, index) => [values.length > 1 || words !== "score" ? `${words} ${target.labels?.[index] ?? index}` : words, value]);
  const cells = [["prediction", result], ...(set ? [["not ruled out", set.join(" | ")]] : []), ...(interval ? [["low", interval[0]], ["high", interval[1]]] : []), ...each("probability", probabilities), ...each("score", scores)];
  return cells.map(([title, value]) => [api.targets.length > 1 ? `${title} ${target.name}` : title, value]);
}
function resultRows() {
  const { headings, records, faults } = batch.table;
  const added = (answers) => answers.flatMap(addedCells);
  const titles = added(answered()[0].answers).map(([title]) => title);
  const rows = records.map(({ line, row, cells, answers }) => {
    const reasons = faults.filter((fault) => fault.line === line).map(faultWords).join(" | ");
    const own = headings.map((_, place) => cells[place] ?? "");
    if (!answers) return [...own, ...titles.map(() => ""), "", reasons];
    return [...own, ...added(answers).map(([, value]) => value), unusualColumns({ row }).map(({ name }) => name).join(" | "), ""];
  });
  return [[...headings, ...titles, "unusual", "fault"], ...rows];
}
function download() {
  // Spreadsheets need the byte order mark to detect UTF-8.
  const file = new Blob(["\uFEFF", toCsv(resultRows(), batch.table)], { type: "text/csv" });
  const link = element("a", "", "", { href: URL.createObjectURL(file), download: `${api.path}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), TIMEOUT);
}

on("predict-rows", "click", startBatch);
on("download", "click", download);
on("rows", "input", () => (batch.text = null));
on("clear", "click", () => {
  batch.text = null;
  find("rows").value = "";
  reset("empty");
  find("rows").focus();
});
on("file", "change", ({ target }) => {
  openFile(target.files[0]);
  // Lets the user choose the same file again.
  target.value = "";
});
// A file can be dropped anywhere on the page; dropped text keeps its default behaviour.
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    find("batch").classList.toggle("over", kind !== "drop" && (kind !== "dragleave" || Boolean(event.relatedTarget)));
    if (kind === "drop") openFile(event.dataTransfer.files[0]);
  });
}
