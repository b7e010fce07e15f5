// The answer to one row in words, bars and lines.
// Most bars; if there are more classes, the most probable ones are shown.
const MOST_BARS = 12;
// Most classes or columns that a sentence names.
const NAMED = 8;

// What a response says of a row for each target.
function answersOf(body, row = 0) {
  const part = (member, index) => (api.targets.length > 1 ? body[member]?.[row]?.[index] : body[member]?.[row]);
  return api.targets.map((target, index) => ({
    target,
    result: part("result", index),
    probabilities: part("probabilities", index),
    scores: part("scores", index),
    set: part("sets", index),
    interval: part("intervals", index),
  }));
}

const paragraph = (className, words) => element("p", className, words);
const tenths = () => (api.coverage === 0.9 ? say("neuf fois sur dix", "nine times out of ten") : say(`dans ${percent(api.coverage, 0)} des cas`, `in ${percent(api.coverage, 0)} of cases`));
function named(labels) {
  const [names, more] = [labels.slice(0, NAMED).map(labelText).join(", "), labels.length - NAMED];
  return more > 0 ? names + say(` et ${more} autres`, ` and ${more} others`) : names;
}
// A number with the digits that suit the range of its target, or itself.
function targetNumber({ minimum, maximum }, value) {
  return number(value, { useGrouping: "min2", ...decimals(maximum - minimum || Math.abs(value)) });
}
// Three digits of the largest number, and as many decimals of the others.
const decimals = (largest) => ({ maximumFractionDigits: Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(largest || 1)))) });

// An answer in one word.
function verdict({ target, result }) {
  if (api.kind === "values") return targetNumber(target, result);
  if (api.kind === "outliers") return result === 1 ? say("habituelle", "usual") : say("inhabituelle", "unusual");
  return api.kind === "clusters" ? say(`groupe ${result}`, `cluster ${result}`) : labelText(result);
}
// A figure beside it.
function beside({ target, probabilities, interval, scores }, digits) {
  if (probabilities) return `${say("Probabilité :", "Probability:")} ${percent(Math.max(...probabilities), digits)}`;
  if (interval) {
    const [low, high] = interval.map((end) => targetNumber(target, end));
    return say(`Entre ${low} et ${high}`, `Between ${low} and ${high}`);
  }
  return scores?.length === 1 ? `${say("Score :", "Score:")} ${shortNumber(scores[0], 4)}` : "";
}
function furtherWords({ target: { labels = [] }, set, interval, scores }) {
  if (api.kind === "outliers") return say("Plus le score est bas, plus la ligne est inhabituelle.", "The lower the score, the more unusual the row.");
  if (scores?.length === 1 && labels.length === 2) return say(`Un score positif désigne ${quoted(labels[1])}.`, `A positive score means ${quoted(labels[1])}.`);
  if (interval) return say(`Le vrai nombre y est ${tenths()}.`, `The true number is there ${tenths()}.`);
  if (!set) return "";
  if (!set.length) return say("Aucune classe ne convient : aucune n'est assez probable pour être retenue.", "No class fits: none is probable enough to be kept.");
  return say(`Le modèle n'exclut pas : ${named(set)}. La vraie classe en fait partie ${tenths()}.`, `The model does not rule out: ${named(set)}. The true class is among them ${tenths()}.`);
}
function headline(answer) {
  const { target } = answer;
  return element("div", "told", [
    api.targets.length > 1 ? element("h3", "", targetTitle(target)) : "",
    paragraph(`verdict${answer.result === -1 && api.kind === "outliers" ? " odd" : ""}`, verdict(answer)),
    paragraph("", beside(answer)),
    paragraph("set", furtherWords(answer)),
    ...(target.minimum < target.maximum ? numberLine(answer) : []),
  ]);
}

// A line from the least to the greatest number of the training data, with the interval and the answer on it.
function numberLine({ target, result, interval = [] }) {
  const range = [target.minimum, target.maximum];
  const [low, high] = [Math.min(...range, result, ...interval), Math.max(...range, result, ...interval)];
  const place = (at) => (100 * (at - low)) / (high - low);
  const segment = (className, [from, to]) => {
    const node = span(className);
    Object.assign(node.style, { left: `${place(from)}%`, width: `${place(to) - place(from)}%` });
    return node;
  };
  const mark = (at, index) => {
    const node = span("", say(...[["vu dès", "seen from"], ["jusqu'à", "up to"]][index]) + ` ${targetNumber(target, at)}`);
    Object.assign(node.style, { left: `${place(at)}%`, transform: `translateX(-${place(at)}%)` });
    return node;
  };
  const line = element("div", "line", [segment("seen", range), interval.length ? segment("band", interval) : "", segment("needle", [result, result])]);
  return [line, element("div", "marks", range.map(mark))];
}

// The bars of the probabilities: all in their order, or the most probable ones.
function barsOf({ target, probabilities, result, set }) {
  const shares = probabilities.map((share, index) => ({ share, label: target.labels?.[index] ?? index }));
  const others = shares.length > MOST_BARS ? shares.sort((a, b) => b.share - a.share).splice(MOST_BARS) : [];
  const rows = shares.map(({ share, label }) => {
    const fill = span("fill");
    fill.style.width = `${100 * share}%`;
    return element("li", label === result ? "best" : set && !set.includes(label) ? "out" : "", [span("", labelText(label)), span("", percent(share)), span("track", fill)]);
  });
  const rest = percent(others.reduce((sum, { share }) => sum + share, 0));
  return [
    api.targets.length > 1 ? element("h3", "", targetTitle(target)) : "",
    element("ol", "bars", rows),
    others.length ? paragraph("soft", say(`Et ${others.length} autres classes : ${rest} ensemble.`, `And ${others.length} other classes: ${rest} together.`)) : "",
  ];
}
