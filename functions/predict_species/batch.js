// Many flowers at once: parsed, sent in batches, shown in a table and on the scatter plot, exported as CSV.
const LARGEST_TEXT = 1e6; // maximum length of the text, in characters: about 50,000 flowers
const SHOWN = 1000; // maximum number of rows in the table; the CSV has all
const LISTED = 20; // maximum number of faults shown
const EMPTY = { rows: [], faults: [], done: 0, state: "empty", error: null, retry: null };
const batch = { ...EMPTY, turn: 0, size: 1000 }; // responses to an earlier turn are ignored
let bounds = null; // schema of each measure, from /openapi.json

function reset(state) {
  Object.assign(batch, EMPTY, { state });
  removeRetry(find("again"));
  showBatch();
  return (batch.turn += 1);
}
async function start() {
  const turn = reset("sending");
  const text = find("rows").value;
  if (text.length > LARGEST_TEXT) return refuseText(start);
  try {
    bounds ??= (await fetchJson("openapi.json")).components.schemas.Flower.properties;
  } catch (error) {
    return turn === batch.turn && fail(error, start);
  }
  if (turn !== batch.turn) return;
  Object.assign(batch, readRows(text, bounds));
  await send(turn);
}
async function send(turn) {
  Object.assign(batch, { state: "sending", error: null });
  showBatch();
  while (batch.done < batch.rows.length) {
    const part = batch.rows.slice(batch.done, batch.done + batch.size);
    try {
      const { result, probabilities } = await postJson("predict_species", { data: part.map(({ measures }) => named(measures)) });
      if (turn !== batch.turn) return;
      part.forEach((row, index) => Object.assign(row, { species: result[index], probabilities: probabilities[index] }));
      batch.done += part.length;
      showProgress();
    } catch (error) {
      if (turn !== batch.turn) return;
      if (error.status !== 413 || part.length === 1) return fail(error, () => send(turn));
      batch.size = Math.ceil(part.length / 2); // the server accepts fewer rows
    }
  }
  batch.state = "done";
  showBatch();
  tell(() => sentences().join(" "));
}
function fail(error, retry) {
  Object.assign(batch, { state: "failed", error, retry });
  showBatch();
  tell(() => error.message);
  if (error.retryable) showRetry(find("again"), retry);
}
const refuseText = (retry) => fail(new RequestError(say("Attendu : du texte (CSV), au plus un million de caractères.", "Expected: text (CSV), at most a million characters."), { status: 415 }), retry);

const isGiven = ({ given }) => given >= 0;
function sentences() {
  const { rows, faults } = batch;
  if (!rows.length && !faults.length) return [say("Collez d'abord des fleurs : quatre mesures par ligne.", "Paste some flowers first: four measures a line.")];
  const each = SPECIES.map((name, species) => `${number(rows.filter((row) => row.species === species).length)} ${name}`).join(", ");
  const [given, right] = [rows.filter(isGiven).length, rows.filter((row) => row.given === row.species).length];
  const unusual = rows.filter(({ measures }) => isUnusual(measures)).length;
  const dropped = new Set(faults.map(({ line }) => line)).size;
  return [
    `${say("Fleurs reconnues :", "Flowers recognised:")} ${number(rows.length)} (${each}).`,
    given && `${say("Comme l'espèce donnée :", "As the species given:")} ${number(right)} ${say("sur", "of")} ${number(given)} (${percent(right / given)}).`,
    unusual && `${say("Hors de ce que le modèle a vu :", "Outside of what the model has seen:")} ${number(unusual)}.`,
    dropped && `${say("Lignes écartées :", "Lines left out:")} ${number(dropped)}.`,
  ].filter(Boolean);
}

function showProgress() {
  const [done, all] = [batch.done, batch.rows.length];
  Object.assign(find("progress"), { max: all || 1, value: done });
  find("done").textContent = say(`${number(done)} fleurs sur ${number(all)}`, `${number(done)} of ${number(all)} flowers`);
}
function showBatch() {
  const [isDone, { rows, faults }] = [batch.state === "done", batch];
  showProgress();
  find("sending").hidden = isDone || !rows.length;
  find("batch-fault").textContent = batch.error?.message ?? "";
  find("summary").replaceChildren(...(isDone ? sentences().map((text) => element("p", "", text)) : []));
  find("faults").replaceChildren(...(isDone ? faultLines(faults) : []));
  find("rows").setAttribute("aria-invalid", isDone && faults.length > 0);
  find("results").hidden = !isDone || !rows.length;
  showTable(isDone ? rows.slice(0, SHOWN) : []);
  showPasted();
}
function faultLines(faults) {
  const lines = faults.slice(0, LISTED).map(({ line, label, words }) =>
    say(`Ligne ${line}, ${label[0].toLowerCase()} : ${words[0]}`, `Line ${line}, ${label[1].toLowerCase()}: ${words[1]}`));
  if (faults.length > LISTED) lines.push(say(`… et ${number(faults.length - LISTED)} de plus`, `… and ${number(faults.length - LISTED)} more`));
  return lines.map((text) => element("li", "", text));
}
function showPasted() {
  plot.pasted = batch.state === "done" && find("show").checked ? batch.rows : [];
  find("legend-pasted").hidden = !plot.pasted.length;
  drawScatter();
}
function showTable(rows) {
  find("results").classList.toggle("given", batch.rows.some(isGiven));
  find("table").replaceChildren(...rows.map(({ line, measures, given, species, probabilities }) => {
    const [a, b, c, d] = measures.map(cm);
    const differs = given >= 0 && given !== species;
    const unusual = isUnusual(measures) ? element("span", "unusual", say("mesure inhabituelle", "unusual measure")) : "";
    return element("tr", differs ? "differs" : "", [
      element("th", "", number(line), { scope: "row" }),
      element("td", "", `${a} × ${b}`),
      element("td", "", `${c} × ${d}`),
      element("td", "", `${differs ? "≠ " : ""}${SPECIES[given] ?? "–"}`),
      element("td", "found", [symbol(species), SPECIES[species], unusual]),
      ...probabilities.map((share) => element("td", "", percent(share))),
    ]);
  }));
}

async function openFile(file) {
  if (!file) return;
  const text = file.size <= LARGEST_TEXT ? await file.text().catch(() => "\0") : "\0"; // a folder cannot be read as text
  reset("empty");
  if (text.includes("\0")) return refuseText(() => openFile(file));
  find("rows").value = text;
  start();
}
function download() {
  const titles = ["line", ...MEASURES.map(({ key }) => key), GIVEN, "species", ...SPECIES.map((name) => `probability ${name}`)];
  const rows = batch.rows.map(({ line, measures, given, species, probabilities }) => [line, ...measures, SPECIES[given] ?? "", SPECIES[species], ...probabilities]);
  const file = new Blob(["\uFEFF", toCsv(titles, rows)], { type: "text/csv" }); // byte order mark: spreadsheets need it to detect UTF-8
  const link = element("a", "", "", { href: URL.createObjectURL(file), download: "iris.csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), TIMEOUT);
}

find("recognise").addEventListener("click", start);
find("download").addEventListener("click", download);
find("show").addEventListener("change", showPasted);
find("clear").addEventListener("click", () => {
  find("rows").value = "";
  reset("empty");
  find("rows").focus();
});
find("fisher").addEventListener("click", () => {
  const rows = FLOWERS.map(({ measures, species }) => [...measures, SPECIES[species]]);
  find("rows").value = toCsv([...MEASURES.map(({ key }) => key), "species"], rows);
  start();
});
find("file").addEventListener("change", ({ target }) => {
  openFile(target.files[0]);
  target.value = ""; // lets the user choose the same file again
});
// A file can be dropped anywhere on the page; dropped text keeps its default behaviour.
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const isOut = kind === "drop" || (kind === "dragleave" && !event.relatedTarget);
    find("batch").classList.toggle("over", !isOut);
    if (kind === "drop") openFile(event.dataTransfer.files[0]);
  });
}
