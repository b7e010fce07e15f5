// Drawing with keys: a pencil on a grid. Its steps are rounded off, so that a staircase is read as the slope that is meant.
const CELLS = 14;
const CELL = SIDE / CELLS;
const ROUNDED = 4; // times: a box of 5 cells by 8 is then a 0
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1] };
const pencil = { column: 4, row: 2 };
const centre = ({ column, row }) => ({ x: (column + 0.5) * CELL, y: (row + 0.5) * CELL, width: PEN });
function rounded(points) {
  const [first, last] = [points[0], points.at(-1)];
  const round = points.length > 8 && first.x === last.x && first.y === last.y; // its two ends are one point, and no corner
  const [before, after] = round ? [points.at(-2), points[1]] : [];
  return points.map((point, at) => {
    const [one, other] = [points[at - 1] ?? before, points[at + 1] ?? after];
    return one && other ? { ...halfway(point, halfway(one, other)), width: PEN } : point;
  });
}
function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in STEPS) step(...STEPS[event.key]);
  else if (event.key === " " || event.key === "Enter") event.repeat || toggle();
  else if (event.key === "z" || event.key === "Z" || event.key === "Backspace") undo();
  else if (event.key === "Escape") finish();
  else return;
  event.preventDefault();
  speakCursor();
  showCursor();
}
function step(right, down) {
  const [column, row] = [pencil.column + right, pencil.row + down].map((to) => Math.min(Math.max(to, 0), CELLS - 1));
  if (column === pencil.column && row === pencil.row) return;
  Object.assign(pencil, { column, row });
  if (stroke?.kind !== "keys") return;
  stroke.steps.push(centre(pencil));
  stroke.points = stroke.steps;
  for (let time = 0; time < ROUNDED; time += 1) stroke.points = rounded(stroke.points);
  paint();
  changed();
}
function toggle() {
  if (stroke) finish();
  else startStroke({ kind: "keys", points: [centre(pencil)], steps: [centre(pencil)] });
}
function speakCursor() {
  const down = stroke?.kind === "keys";
  const where = say(`ligne ${pencil.row + 1}, colonne ${pencil.column + 1}`, `row ${pencil.row + 1}, column ${pencil.column + 1}`);
  canvas.setAttribute("aria-valuenow", pencil.row * CELLS + pencil.column + 1);
  canvas.setAttribute("aria-valuetext", `${where}, ${down ? say("crayon posé", "pencil down") : say("crayon levé", "pencil up")}`);
}
function showCursor() {
  const { x, y } = centre(pencil);
  const dots = Array.from({ length: CELLS * CELLS }, (_, at) => centre({ column: at % CELLS, row: Math.floor(at / CELLS) }));
  const path = dots.map((dot) => `M${dot.x} ${dot.y}h0`).join("");
  const cross = picture("path", { d: `M${x - 14} ${y}h28M${x} ${y - 14}v28`, stroke: "#5b3fb5", "stroke-width": 2 });
  const ring = picture("circle", { cx: x, cy: y, r: 9, fill: stroke ? "#5b3fb5" : "#fff", stroke: "#5b3fb5", "stroke-width": 3 });
  find("grid").replaceChildren(picture("path", { d: path, stroke: "#8a869c", "stroke-width": 2.5, "stroke-linecap": "round" }), cross, ring);
  find("grid").removeAttribute("hidden");
}
function hideCursor() {
  if (stroke?.kind === "keys") finish();
  find("grid").setAttribute("hidden", "");
}
