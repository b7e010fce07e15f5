// What each column adds to the answer, as bars to the left and to the right with words.
// Contributions shown; the smaller ones are folded together.
const SHOWN_WEIGHTS = 8;

// How an explanation is told: how numbers are written, and what a positive and a negative one do.
function scaleOf({ scale, class: label, contributions }) {
  const { labels = [] } = api.targets[0];
  const isShare = scale === "probability";
  const times = isShare ? 100 : 1;
  const { maximumFractionDigits: digits } = decimals(Math.abs(times * contributions[0]?.contribution));
  const write = (value, signDisplay = "exceptZero") => number(times * value, { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay }) + (isShare ? "\u00a0points" : "");
  const towards = (one) => say(`pousse vers ${quoted(one)}`, `pushes towards ${quoted(one)}`);
  if (label === null) return { write, up: say("augmente la réponse", "raises the answer"), down: say("diminue la réponse", "lowers the answer") };
  const isPair = labels.length === 2 && !isShare;
  return { write, up: towards(label), down: isPair ? towards(labels.find((one) => one !== label)) : say(`éloigne de ${quoted(label)}`, `pushes away from ${quoted(label)}`) };
}

// The sums, and the scale in words.
function sumWords({ scale, class: label, base, total }, write) {
  const [target] = api.targets;
  const name = label === null ? "" : quoted(label);
  const share = percent(1 / (1 + Math.exp(-total)));
  const words = {
    value: label === null ? ["la réponse", "the answer"] : [`le score de ${name}`, `the score of ${name}`],
    log_value: ["le logarithme de la réponse", "the logarithm of the answer"],
    log1p_value: ["le logarithme de la réponse plus un", "the logarithm of the answer plus one"],
    probability: [`la probabilité de ${name}`, `the probability of ${name}`],
    log_odds: target.labels?.length === 2
      ? [`la log-cote de ${name}, soit une probabilité de ${share}`, `the log-odds of ${name}, a probability of ${share}`]
      : [`le score de ${name} (log-cote), d'où vient sa probabilité`, `the score of ${name} (log-odds), which its probability comes from`],
  }[scale] ?? [scale, scale];
  const [from, added, to] = [write(base, "auto"), write(total - base), write(total, "auto")];
  return say(`Moyenne de l'apprentissage ${from}, contributions ${added}, somme ${to} : ${words[0]}.`, `Training mean ${from}, contributions ${added}, sum ${to}: ${words[1]}.`);
}

function weightRow(part, largest, { write, up, down }) {
  const { contribution } = part;
  const bar = span("bar");
  bar.style.width = `${(100 * Math.abs(contribution)) / largest}%`;
  const halves = [span("", contribution > 0 ? up : contribution < 0 ? down : say("n'y change rien", "changes nothing")), span("room", bar)];
  return element("li", contribution > 0 ? "" : "down", [
    element("div", "fact", [factOf(part), element("b", "", write(contribution))]),
    element("div", "diverging", contribution > 0 ? halves : halves.reverse()),
  ]);
}
// `column = value`, a link to its field if it has one.
function factOf({ column: name, value }) {
  const field = fields.get(name);
  const title = cut(field ? titleOf(field.column) : name);
  const words = value === undefined ? title : `${title} = ${valueText(value)}`;
  if (!field) return span("", words);
  const link = element("a", "", words, { href: `#${field.main.id}` });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    goToField(field);
  });
  return link;
}

function weightsOf(explanation) {
  const { contributions } = explanation;
  const scale = scaleOf(explanation);
  const rows = contributions.map((part) => weightRow(part, Math.abs(contributions[0].contribution) || 1, scale));
  const folded = rows.length > SHOWN_WEIGHTS + 1 ? rows.splice(SHOWN_WEIGHTS) : [];
  const sum = scale.write(contributions.slice(SHOWN_WEIGHTS).reduce((total, { contribution }) => total + contribution, 0));
  const details = element("details", "", [element("summary", "", say(`Les ${folded.length} autres colonnes : ${sum}`, `The ${folded.length} other columns: ${sum}`)), element("ul", "weights", folded)]);
  details.open = Boolean(find("why-list").querySelector("[open]"));
  return [paragraph("soft", sumWords(explanation, scale.write)), element("ul", "weights", rows), folded.length ? details : ""];
}
