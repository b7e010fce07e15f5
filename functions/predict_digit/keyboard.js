// Drawing with the keyboard: a pencil that moves on a grid. The line is smoothed, so that a staircase becomes a slope.
const CELLS = 14; // per side of the grid
const CELL = SIDE / CELLS;
const SMOOTHING_PASSES = 4; // a box of 5 by 8 cells then reads as a 0
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1] };
const pencil = { column: 4, row: 2 };
const centre = ({ column, row }) => ({ x: (column + 0.5) * CELL, y: (row + 0.5) * CELL, width: PEN });
function smoothed(points) {
  const [first, last] = [points[0], points.at(-1)];
  const isClosed = points.length > 8 && first.x === last.x && first.y === last.y; // its ends meet: not a corner
  const [beforeFirst, afterLast] = isClosed ? [points.at(-2), points[1]] : [];
  return points.map((point, index) => {
    const [before, after] = [points[index - 1] ?? beforeFirst, points[index + 1] ?? afterLast];
    return before && after ? { ...midpoint(point, midpoint(before, after)), width: PEN } : point;
  });
}
function onKeyDown(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in STEPS) movePencil(...STEPS[event.key]);
  else if (event.key === " " || event.key === "Enter") event.repeat || togglePencil();
  else if (event.key === "z" || event.key === "Z" || event.key === "Backspace") undo();
  else if (event.key === "Escape") finishStroke();
  else return;
  event.preventDefault();
  describeCursor();
  showCursor();
}
function movePencil(right, down) {
  const [column, row] = [pencil.column + right, pencil.row + down].map((cell) => Math.min(Math.max(cell, 0), CELLS - 1));
  if (column === pencil.column && row === pencil.row) return;
  Object.assign(pencil, { column, row });
  if (stroke?.kind !== "keys") return;
  stroke.steps.push(centre(pencil));
  stroke.points = stroke.steps;
  for (let pass = 0; pass < SMOOTHING_PASSES; pass += 1) stroke.points = smoothed(stroke.points);
  paint();
  scheduleDraft();
}
function togglePencil() {
  if (stroke) finishStroke();
  else startStroke({ kind: "keys", points: [centre(pencil)], steps: [centre(pencil)] });
}
function describeCursor() {
  const isDown = stroke?.kind === "keys";
  const position = say(`ligne ${pencil.row + 1}, colonne ${pencil.column + 1}`, `row ${pencil.row + 1}, column ${pencil.column + 1}`);
  canvas.setAttribute("aria-valuenow", pencil.row * CELLS + pencil.column + 1);
  canvas.setAttribute("aria-valuetext", `${position}, ${isDown ? say("crayon posé", "pencil down") : say("crayon levé", "pencil up")}`);
}
function showCursor() {
  const { x, y } = centre(pencil);
  const dots = Array.from({ length: CELLS * CELLS }, (_, index) => centre({ column: index % CELLS, row: Math.floor(index / CELLS) }));
  const path = dots.map((dot) => `M${dot.x} ${dot.y}h0`).join("");
  const cross = svgElement("path", { d: `M${x - 14} ${y}h28M${x} ${y - 14}v28`, stroke: "#5b3fb5", "stroke-width": 2 });
  const ring = svgElement("circle", { cx: x, cy: y, r: 9, fill: stroke ? "#5b3fb5" : "#fff", stroke: "#5b3fb5", "stroke-width": 3 });
  find("grid").replaceChildren(svgElement("path", { d: path, stroke: "#8a869c", "stroke-width": 2.5, "stroke-linecap": "round" }), cross, ring);
  find("grid").removeAttribute("hidden");
}
function hideCursor() {
  if (stroke?.kind === "keys") finishStroke();
  find("grid").setAttribute("hidden", "");
}
