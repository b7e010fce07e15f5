// Scatter plot of two measures: Fisher's flowers, the pasted ones and the user's, which a click or a drag moves.
const HIT_RADIUS = 12; // maximum distance from the pointer to a flower, in pixels
const CLICK_TOLERANCE = 4; // maximum movement of a click, in pixels
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];
const SELECTS = ["across", "up"];
const axes = [2, 3]; // the measures on the horizontal and on the vertical axis
const plot = { scales: null, drag: null, pasted: [], drawn: "" };
const shownFlowers = () => [...FLOWERS, ...plot.pasted];

// A scale of an axis: centimetres to pixels and back, with ticks at least `space` pixels apart.
function scaleOf(index, from, to, space) {
  const values = [...ranges[index], ...shownFlowers().map(({ measures }) => measures[index]), flowerMeasures[index]].filter(Number.isFinite);
  const [lowest, highest] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, 0]);
  const step = STEPS.find((size) => ((highest - lowest) / size) * space <= Math.abs(to - from)) ?? STEPS.at(-1);
  const margin = 0.04 * (highest - lowest);
  const [first, last] = [Math.max(0, Math.floor((lowest - margin) / step)), Math.ceil((highest + margin) / step)];
  const pixels = (to - from) / (last - first) / step;
  return {
    low: first * step,
    high: last * step,
    digits: step < 1 ? 1 : 0,
    ticks: Array.from({ length: last - first + 1 }, (_, tick) => (first + tick) * step),
    toPixels: (value) => from + (value - first * step) * pixels,
    toValue: (position) => (position - from) / pixels + first * step,
  };
}
const pointOf = (measures) => plot.scales.map((scale, axis) => Math.round(100 * scale.toPixels(measures[axes[axis]])) / 100);

function drawScatter() {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const width = Math.max(find("plot").clientWidth, 12 * rem);
  const height = Math.min(Math.max(0.66 * width, 17 * rem), 30 * rem);
  const box = { left: 3.6 * rem, right: width - 0.8 * rem, top: 0.8 * rem, bottom: height - 3.4 * rem, middle: (height - 2.6 * rem) / 2, height, rem };
  if (!plot.drag?.moved) plot.scales = [scaleOf(axes[0], box.left, box.right, 4.5 * rem), scaleOf(axes[1], box.bottom, box.top, 2.2 * rem)];
  const state = JSON.stringify([box, plot.scales, axes, plot.pasted.length, say("fr", "en")]);
  if (plot.drawn !== state) drawFlowers(box);
  plot.drawn = state;
  drawMarker(box);
}
function drawFlowers(box) {
  find("plot").setAttribute("viewBox", `0 0 ${box.right + 0.8 * box.rem} ${box.height}`);
  find("axes").replaceChildren(...gridLines(box), ...axisTitles(box));
  const radius = 0.2 * box.rem + box.right / 800;
  for (const [kind, flowers, extra] of [["fisher", FLOWERS, 0], ["pasted", plot.pasted, 2]]) {
    const marks = SPECIES.map(() => []);
    for (const { species, measures } of flowers) marks[species].push(SHAPES[species](...pointOf(measures), radius + extra));
    marks.forEach((paths, species) => find(`${kind}-${species}`).setAttribute("d", paths.join("")));
  }
}
function gridLines({ left, right, top, bottom, rem }) {
  const [across, up] = plot.scales;
  const text = (scale, tick) => number(tick, { minimumFractionDigits: scale.digits, maximumFractionDigits: 1 });
  const columns = across.ticks.map((tick) => [across.toPixels(tick), text(across, tick)]);
  const rows = up.ticks.map((tick) => [up.toPixels(tick), text(up, tick)]);
  return [
    svgElement("path", { class: "grid", d: columns.map(([x]) => `M${x} ${top}V${bottom}`).concat(rows.map(([y]) => `M${left} ${y}H${right}`)).join("") }),
    svgElement("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` }),
    ...columns.map(([x, words]) => svgElement("text", { class: "x", x, y: bottom + 1.25 * rem }, words)),
    ...rows.map(([y, words]) => svgElement("text", { class: "y", x: left - 0.5 * rem, y: y + 0.3 * rem }, words)),
  ];
}
function axisTitles({ left, right, middle, height, rem }) {
  const [across, up] = axes.map((index) => `${say(...MEASURES[index].label)} (cm)`);
  return [
    svgElement("text", { class: "title", x: (left + right) / 2, y: height - 0.5 * rem }, across),
    svgElement("text", { class: "title", x: rem, y: middle, transform: `rotate(-90 ${rem} ${middle})` }, up),
  ];
}
function drawMarker({ left, bottom, rem }) {
  const isComplete = axes.every((index) => Number.isFinite(flowerMeasures[index]));
  const [x, y] = isComplete ? pointOf(flowerMeasures) : [-99, -99];
  find("yours").setAttribute("transform", `translate(${x} ${y}) scale(${rem / 16})`);
  find("guides").setAttribute("d", isComplete ? `M${x} ${bottom}V${y}H${left}` : "");
}

// Position of the pointer, in pixels of the plot.
function pointerPoint({ clientX, clientY }) {
  const box = find("plot").getBoundingClientRect();
  const zoom = find("plot").viewBox.baseVal.width / box.width;
  return [(clientX - box.left) * zoom, (clientY - box.top) * zoom];
}
// The flower nearest to a point, and those at the same place.
function flowersNear([x, y]) {
  let [nearest, shortest] = [null, HIT_RADIUS];
  for (const flower of shownFlowers()) {
    const [flowerX, flowerY] = pointOf(flower.measures);
    const distance = Math.hypot(x - flowerX, y - flowerY);
    if (distance < shortest) [nearest, shortest] = [flower, distance];
  }
  return nearest ? shownFlowers().filter(({ measures }) => axes.every((index) => measures[index] === nearest.measures[index])) : [];
}
const describe = ({ number: flowerNumber, line, species, measures }) =>
  `${flowerNumber ? say(`Fleur ${flowerNumber}`, `Flower ${flowerNumber}`) : say(`Ligne ${line}`, `Line ${line}`)} · Iris ${SPECIES[species]} · ${sizes(measures)}`;
function highlight([flower, ...others]) {
  const suffix = others.length ? say(` (et ${others.length} au même endroit)`, ` (and ${others.length} at the same place)`) : "";
  const hint = say(
    "Touchez une fleur pour prendre ses mesures, ou un endroit vide pour y placer la vôtre. Elle se glisse aussi.",
    "Touch a flower to take its measures, or an empty place to put yours there. It can be dragged too.",
  );
  find("seen").textContent = flower ? describe(flower) + suffix : hint;
  const [x, y] = flower ? pointOf(flower.measures) : [-99, -99];
  find("ring").setAttribute("transform", `translate(${x} ${y})`);
}

function moveMarker(point) {
  const measures = [...flowerMeasures];
  plot.scales.forEach((scale, axis) => {
    const value = Math.min(Math.max(scale.toValue(point[axis]), scale.low, STEP), scale.high);
    measures[axes[axis]] = Math.round(value / STEP) / 10;
  });
  setMeasures(measures);
}
function onClick(point) {
  const candidates = flowersNear(point);
  if (!candidates.length) return moveMarker(point);
  const next = candidates[(candidates.indexOf(sourceFlower) + 1) % candidates.length]; // another click selects the next one
  setMeasures(next.measures, next);
  highlight([next, ...candidates.filter((flower) => flower !== next)]);
}
// A touch drags the flower only if it starts on it, else it scrolls the page; a mouse or a pen drags from anywhere.
const HANDLERS = {
  pointerdown(event) {
    if (!event.isPrimary || event.button) return;
    plot.drag = { from: pointerPoint(event), movesFlower: event.pointerType !== "touch" || event.target.closest("#yours"), moved: false };
    find("plot").setPointerCapture(event.pointerId);
  },
  pointermove(event) {
    const [point, { drag }] = [pointerPoint(event), plot];
    if (!drag) return event.pointerType !== "touch" && highlight(flowersNear(point));
    drag.moved ||= Math.hypot(point[0] - drag.from[0], point[1] - drag.from[1]) > CLICK_TOLERANCE;
    if (!drag.moved || !drag.movesFlower) return;
    highlight([]);
    moveMarker(point);
  },
  pointerup(event) {
    const { drag } = plot;
    plot.drag = null;
    if (drag?.moved) drawScatter();
    else if (drag) onClick(pointerPoint(event));
  },
  pointercancel: () => (plot.drag = null),
  pointerleave: () => plot.drag || highlight([]),
};
for (const [type, handler] of Object.entries(HANDLERS)) find("plot").addEventListener(type, handler);
find("yours").addEventListener("touchstart", (event) => event.preventDefault(), { passive: false }); // touch-action has no effect inside an SVG

SELECTS.forEach((id, axis) => {
  find(id).addEventListener("change", () => {
    const measure = Number(find(id).value);
    if (measure === axes[1 - axis]) axes[1 - axis] = axes[axis]; // swaps the axes
    axes[axis] = measure;
    SELECTS.forEach((select, index) => (find(select).value = axes[index]));
    highlight([]);
    drawScatter();
  });
});
new ResizeObserver(drawScatter).observe(find("plot"));
