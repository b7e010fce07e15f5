// Fisher's flowers, yours and those that were pasted, by two of their measures. Yours is moved by a click, or dragged.
const NEAR = 12; // pixels from a pointer to the flower that it means
const STILL = 4; // pixels that a pointer may move and still have clicked
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];
const SELECTS = ["across", "up"];
const axes = [2, 3]; // the measures on the horizontal and on the vertical axis
const plot = { scales: null, held: null, pasted: [], drawn: "" };
const flowersShown = () => [...FLOWERS, ...plot.pasted];

// From centimetres to pixels and back; a tick at most each `space` pixels.
function scaleOf(index, from, to, space) {
  const values = [...ranges[index], ...flowersShown().map(({ measures }) => measures[index]), mine[index]].filter(Number.isFinite);
  const [least, most] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, 0]);
  const step = STEPS.find((one) => ((most - least) / one) * space <= Math.abs(to - from)) ?? STEPS.at(-1);
  const room = 0.04 * (most - least);
  const [first, last] = [Math.max(0, Math.floor((least - room) / step)), Math.ceil((most + room) / step)];
  const pixels = (to - from) / (last - first) / step;
  return {
    low: first * step,
    high: last * step,
    digits: step < 1 ? 1 : 0,
    ticks: Array.from({ length: last - first + 1 }, (_, tick) => (first + tick) * step),
    place: (value) => from + (value - first * step) * pixels,
    value: (place) => (place - from) / pixels + first * step,
  };
}
const spot = (measures) => plot.scales.map((scale, way) => Math.round(100 * scale.place(measures[axes[way]])) / 100);

function drawScatter() {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const width = Math.max(find("plot").clientWidth, 12 * rem);
  const height = Math.min(Math.max(0.66 * width, 17 * rem), 30 * rem);
  const box = { left: 3.6 * rem, right: width - 0.8 * rem, top: 0.8 * rem, bottom: height - 3.4 * rem, middle: (height - 2.6 * rem) / 2, height, rem };
  if (!plot.held?.moved) plot.scales = [scaleOf(axes[0], box.left, box.right, 4.5 * rem), scaleOf(axes[1], box.bottom, box.top, 2.2 * rem)];
  const drawn = JSON.stringify([box, plot.scales, axes, plot.pasted.length, say("fr", "en")]);
  if (plot.drawn !== drawn) drawFlowers(box);
  plot.drawn = drawn;
  drawYours(box);
}
function drawFlowers(box) {
  find("plot").setAttribute("viewBox", `0 0 ${box.right + 0.8 * box.rem} ${box.height}`);
  find("axes").replaceChildren(...lines(box), ...axisTitles(box));
  const radius = 0.2 * box.rem + box.right / 800;
  for (const [kind, flowers, more] of [["fisher", FLOWERS, 0], ["pasted", plot.pasted, 2]]) {
    const marks = SPECIES.map(() => []);
    for (const { species, measures } of flowers) marks[species].push(SHAPES[species](...spot(measures), radius + more));
    marks.forEach((paths, species) => find(`${kind}-${species}`).setAttribute("d", paths.join("")));
  }
}
function lines({ left, right, top, bottom, rem }) {
  const [across, up] = plot.scales;
  const text = (scale, tick) => number(tick, { minimumFractionDigits: scale.digits, maximumFractionDigits: 1 });
  const columns = across.ticks.map((tick) => [across.place(tick), text(across, tick)]);
  const rows = up.ticks.map((tick) => [up.place(tick), text(up, tick)]);
  return [
    picture("path", { class: "grid", d: columns.map(([x]) => `M${x} ${top}V${bottom}`).concat(rows.map(([y]) => `M${left} ${y}H${right}`)).join("") }),
    picture("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` }),
    ...columns.map(([x, words]) => picture("text", { class: "x", x, y: bottom + 1.25 * rem }, words)),
    ...rows.map(([y, words]) => picture("text", { class: "y", x: left - 0.5 * rem, y: y + 0.3 * rem }, words)),
  ];
}
function axisTitles({ left, right, middle, height, rem }) {
  const [across, up] = axes.map((index) => `${say(...MEASURES[index].label)} (cm)`);
  return [
    picture("text", { class: "title", x: (left + right) / 2, y: height - 0.5 * rem }, across),
    picture("text", { class: "title", x: rem, y: middle, transform: `rotate(-90 ${rem} ${middle})` }, up),
  ];
}
function drawYours({ left, bottom, rem }) {
  const isGiven = axes.every((index) => Number.isFinite(mine[index]));
  const [x, y] = isGiven ? spot(mine) : [-99, -99];
  find("yours").setAttribute("transform", `translate(${x} ${y}) scale(${rem / 16})`);
  find("guides").setAttribute("d", isGiven ? `M${x} ${bottom}V${y}H${left}` : "");
}

// Where a pointer is, in the pixels of the plot; the flowers that stand where the one nearest to it stands.
function pointed({ clientX, clientY }) {
  const box = find("plot").getBoundingClientRect();
  const zoom = find("plot").viewBox.baseVal.width / box.width;
  return [(clientX - box.left) * zoom, (clientY - box.top) * zoom];
}
function near([x, y]) {
  let [nearest, least] = [null, NEAR];
  for (const flower of flowersShown()) {
    const [toX, toY] = spot(flower.measures);
    const away = Math.hypot(x - toX, y - toY);
    if (away < least) [nearest, least] = [flower, away];
  }
  return nearest ? flowersShown().filter(({ measures }) => axes.every((index) => measures[index] === nearest.measures[index])) : [];
}
const called = ({ number: given, line, species, measures }) =>
  `${given ? say(`Fleur ${given}`, `Flower ${given}`) : say(`Ligne ${line}`, `Line ${line}`)} · Iris ${SPECIES[species]} · ${sizes(measures)}`;
function pointOut([flower, ...others]) {
  const more = others.length ? say(` (et ${others.length} au même endroit)`, ` (and ${others.length} at the same place)`) : "";
  const hint = say(
    "Touchez une fleur pour prendre ses mesures, ou un endroit vide pour y placer la vôtre. Elle se glisse aussi.",
    "Touch a flower to take its measures, or an empty place to put yours there. It can be dragged too.",
  );
  find("seen").textContent = flower ? called(flower) + more : hint;
  const [x, y] = flower ? spot(flower.measures) : [-99, -99];
  find("ring").setAttribute("transform", `translate(${x} ${y})`);
}

function putYours(point) {
  const measures = [...mine];
  plot.scales.forEach((scale, way) => {
    const within = Math.min(Math.max(scale.value(point[way]), scale.low, STEP), scale.high);
    measures[axes[way]] = Math.round(within / STEP) / 10;
  });
  take(measures);
}
function clicked(point) {
  const here = near(point);
  if (!here.length) return putYours(point);
  const next = here[(here.indexOf(taken) + 1) % here.length]; // a second click: the next of those that stand there
  take(next.measures, next);
  pointOut([next, ...here.filter((flower) => flower !== next)]);
}
// A finger that starts elsewhere than on your flower scrolls the page; a mouse or a pen drags from anywhere.
const HANDLERS = {
  pointerdown(event) {
    if (!event.isPrimary || event.button) return;
    plot.held = { from: pointed(event), drags: event.pointerType !== "touch" || event.target.closest("#yours"), moved: false };
    find("plot").setPointerCapture(event.pointerId);
  },
  pointermove(event) {
    const [point, { held }] = [pointed(event), plot];
    if (!held) return event.pointerType !== "touch" && pointOut(near(point));
    held.moved ||= Math.hypot(point[0] - held.from[0], point[1] - held.from[1]) > STILL;
    if (!held.moved || !held.drags) return;
    pointOut([]);
    putYours(point);
  },
  pointerup(event) {
    const { held } = plot;
    plot.held = null;
    if (held?.moved) drawScatter();
    else if (held) clicked(pointed(event));
  },
  pointercancel: () => (plot.held = null),
  pointerleave: () => plot.held || pointOut([]),
};
for (const [kind, handle] of Object.entries(HANDLERS)) find("plot").addEventListener(kind, handle);
find("yours").addEventListener("touchstart", (event) => event.preventDefault(), { passive: false }); // touch-action does not reach into an SVG

SELECTS.forEach((id, way) => {
  find(id).addEventListener("change", () => {
    const chosen = Number(find(id).value);
    if (chosen === axes[1 - way]) axes[1 - way] = axes[way]; // they change places
    axes[way] = chosen;
    SELECTS.forEach((other, index) => (find(other).value = axes[index]));
    pointOut([]);
    drawScatter();
  });
});
new ResizeObserver(drawScatter).observe(find("plot"));
