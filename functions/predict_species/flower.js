// An iris from the front, to scale. One unit of the SVG is a centimetre, y points down, and the parts meet at (0, 0).
const FRAME = { x: -7.7, y: -7.4, width: 15.4, height: 16.4 };
const FRAME_MEASURES = ranges.map(([, high]) => high); // largest measures that fit in the frame; a larger flower is scaled down
const RULER_LENGTHS = [1, 2, 5, 10, 20]; // lengths of the ruler, in centimetres
const POINTS = 36; // segments per side of an outline

// Width of a part from its base (0) to its tip (1), as a fraction of its full width, reached at `widest`.
function widthAt({ base, widest }, along) {
  if (along > widest) return Math.sqrt(1 - ((along - widest) / (1 - widest)) ** 2);
  return base + (1 - base) * (0.5 - 0.5 * Math.cos((Math.PI * along) / widest));
}
// Points at the offset `aside` from the spine: 0 on it, 1 and -1 on the edges. The spine is an arc as long as the part.
function line(part, aside, from = 0, to = 1) {
  return Array.from({ length: POINTS + 1 }, (_, index) => {
    const along = from + (to - from) * Math.sin((Math.PI * index) / POINTS / 2); // denser at the tip
    const angle = part.heading + part.turn * along;
    const offset = ((typeof aside === "function" ? aside(along) : aside) * part.width * widthAt(part, along)) / 2;
    const x = (part.length * (Math.sin(angle) - Math.sin(part.heading))) / part.turn - offset * Math.sin(angle);
    const y = (part.length * (Math.cos(part.heading) - Math.cos(angle))) / part.turn + offset * Math.cos(angle);
    return `${x.toFixed(3)} ${y.toFixed(3)}`;
  });
}
const closedPath = (part, aside, from, to) => `M${[...line(part, aside, from, to), ...line(part, (along) => -aside(along), from, to).reverse()].join("L")}Z`;
const outline = (part) => closedPath(part, () => 1, 0, 1);
const signal = (part) => closedPath(part, (along) => 0.6 * Math.sin((Math.PI * (along - 0.04)) / 0.48) ** 0.8, 0.05, 0.51);
const veins = (part) => [0, 0.35, -0.35, 0.68, -0.68].map((aside) => `M${line(part, aside, 0.12, aside ? 0.86 : 0.93).join("L")}`).join("");

// A part so wide that its inner edge would overlap is bent less. An arc must not be straight.
function makePart(length, width, shape, heading, turn) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const bend = Math.min(Math.max(Math.abs(radians(turn)), 1e-4), length / width);
  return { length, width, ...shape, heading: radians(heading), turn: Math.sign(turn) * bend || bend };
}
const SEPAL = { base: 0.1, widest: 0.64 };
const PETAL = { base: 0.16, widest: 0.58 };
function flowerPaths([sepalLength, sepalWidth, petalLength, petalWidth]) {
  const petals = [[-90, 0], [-128, 42], [-52, -42]].map(([heading, turn]) => makePart(petalLength, petalWidth, PETAL, heading, turn));
  const sepals = [[-158, -112], [-22, 112], [90, 0]].map(([heading, turn]) => makePart(sepalLength, sepalWidth, SEPAL, heading, turn));
  return [
    ...petals.flatMap((petal) => [["petal", outline(petal)], ["veins", veins(petal)]]),
    ...sepals.flatMap((sepal) => [["sepal", outline(sepal)], ["veins", veins(sepal)], ["signal", signal(sepal)]]),
  ].map(([name, d]) => svgElement("path", { class: name, d, fill: "url(#falls)" })); // applies to sepals: the CSS fills the other paths
}

// The background: a stem, two leaves and a ruler.
const leaf = (side) => `M0 9C${side * 0.9} 4 ${side * 3.2} 1 ${side * 4} -3.4C${side * 4.6} 1 ${side * 2.3} 5 ${side * 0.6} 9Z`;
const stalk = (distance) => svgElement("g", { transform: `scale(${distance})` }, [svgElement("path", { class: "leaf", d: leaf(-1) + leaf(1) }), svgElement("path", { class: "stem", d: "M0 0V9" })]);
function ruler(distance) {
  const cm = RULER_LENGTHS.find((length) => 2 * length > distance) ?? RULER_LENGTHS.at(-1);
  const [x, y, tick] = [-7.3 * distance, 8.4 * distance, 0.18 * distance];
  const text = svgElement("text", { x, y: y - 0.4 * distance }, `${cm} cm`);
  return svgElement("g", { class: "rule" }, [svgElement("path", { d: `M${x} ${y - tick}v${2 * tick}m0 ${-tick}h${cm}m0 ${-tick}v${2 * tick}` }), text]);
}

function drawFlower(measures) {
  const distance = Math.max(1, ...measures.map((value, index) => value / FRAME_MEASURES[index]));
  const [a, b, c, d] = measures.map(cm);
  find("flower").setAttribute("viewBox", Object.values(FRAME).map((value) => value * distance).join(" "));
  find("flower").setAttribute("aria-label", say(
    `Un iris dessiné à l'échelle : trois sépales retombants de ${a} cm sur ${b} cm, trois pétales dressés de ${c} cm sur ${d} cm.`,
    `An iris drawn to scale: three falling sepals, ${a} cm by ${b} cm, three upright petals, ${c} cm by ${d} cm.`,
  ));
  find("flower").style.setProperty("--distance", distance);
  find("iris").replaceChildren(stalk(distance), ...flowerPaths(measures), ruler(distance));
}
