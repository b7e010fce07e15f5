// The drawing: what was drawn with a mouse, a finger or a pen, each of its states, and how it is shown.
const SIDE = 280; // of the drawing that is sent, in pixels, and its pen: what the model was trained and measured on
const PEN = 18;
const KEPT = 60; // how far back one can undo
const PALM = 1500; // milliseconds after a pen's last word in which a touch is the hand that holds it

const canvas = find("canvas");
const view = canvas.getContext("2d");
const sheet = element("canvas", "", [], { width: SIDE, height: SIDE });
const pen = sheet.getContext("2d", { willReadFrequently: true });

// The drawing: every state that it had, the last one being shown. A state has strokes, or a photo in their place.
const EMPTY = { strokes: [], photo: null };
let states = [EMPTY];
let stroke = null; // the one that is being drawn: `id` and `kind` of its pointer, `points` with their widths
const current = () => states.at(-1);
const change = (next) => { states = [...states, next].slice(-KEPT); };
const takeBack = () => { states = states.length > 1 ? states.slice(0, -1) : [EMPTY]; };

// A curve that bends at the points and passes halfway between them: smooth, whatever the pointer's rate.
const halfway = (one, other) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
function trace(paper, points) {
  let [from, width] = [points[0], 0];
  paper.beginPath();
  points.forEach((point, at) => {
    const bend = points[at - 1] ?? point;
    const to = halfway(bend, point);
    if (bend.width !== width) {
      paper.stroke();
      paper.beginPath();
      paper.moveTo(from.x, from.y);
      paper.lineWidth = width = bend.width;
    }
    paper.quadraticCurveTo(bend.x, bend.y, to.x, to.y);
    from = to;
  });
  paper.lineTo(points.at(-1).x + 0.01, points.at(-1).y); // a line of no length would leave no dot
  paper.stroke();
}

let frame = 0;
const paintSoon = () => { frame ||= requestAnimationFrame(paint); };
function paint() {
  cancelAnimationFrame(frame);
  frame = 0;
  for (const paper of [pen, view]) {
    paper.fillRect(0, 0, SIDE, SIDE);
    for (const { points } of current().strokes) trace(paper, points);
  }
  if (current().photo) showPhoto(current().photo.paper);
}
function showPhoto(shown) {
  const scale = SIDE / Math.max(shown.width, shown.height);
  const [width, height] = [shown.width * scale, shown.height * scale];
  view.imageSmoothingEnabled = scale < 4;
  view.drawImage(shown, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
}

// As many dots as the screen has: the drawing is drawn again, sharp, when the page is resized, turned or enlarged.
function fit() {
  const size = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  if (size === canvas.width) return;
  canvas.width = canvas.height = size;
  prepare(view, size / SIDE);
  paint();
}
function prepare(paper, scale) {
  paper.setTransform(scale, 0, 0, scale, 0, 0);
  Object.assign(paper, { lineCap: "round", lineJoin: "round", strokeStyle: "#000", fillStyle: "#fff", imageSmoothingQuality: "high" });
}

// Drawing with a mouse, a finger or a pen, whose pressure makes the line wider.
let penSeen = -Infinity;
function place(event) {
  const box = canvas.getBoundingClientRect();
  const scale = SIDE / box.width;
  const width = event.pointerType === "pen" && event.pressure > 0 ? PEN * (0.6 + 0.8 * event.pressure) : PEN;
  return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale, width };
}
function welcome({ button, pointerType, timeStamp }) {
  if (button !== 0 || (pointerType === "touch" && timeStamp - penSeen < PALM)) return false;
  return !stroke || stroke.kind === "keys" || (pointerType === "pen" && stroke.kind === "touch");
}
function begin(event) {
  if (event.pointerType === "pen") penSeen = event.timeStamp;
  if (!welcome(event)) return;
  event.preventDefault();
  if (stroke?.kind === "touch") drop(); // the palm came down before the pen
  finish();
  canvas.setPointerCapture(event.pointerId);
  find("grid").setAttribute("hidden", "");
  startStroke({ id: event.pointerId, kind: event.pointerType, points: [place(event)] });
}
function startStroke(started) {
  stroke = started;
  change({ strokes: [...current().strokes, stroke], photo: null });
  paint();
  changed();
}
function move(event) {
  if (event.pointerType === "pen") penSeen = event.timeStamp;
  if (!stroke || event.pointerId !== stroke.id) return;
  const seen = event.getCoalescedEvents?.() ?? [];
  stroke.points.push(...(seen.length ? seen : [event]).map(place));
  paintSoon();
  changed();
}
function end(event) {
  if (event.pointerId === stroke?.id) finish();
}
function finish() {
  if (!stroke) return;
  stroke = null;
  paint();
  speakCursor();
  changed();
}
function cancel(event) {
  if (event.pointerId !== stroke?.id) return;
  if (stroke.kind === "touch") drop(); // the system has found that it was none
  else finish();
}
function drop() {
  stroke = null;
  takeBack();
  paint();
  changed();
}

function undo() {
  stroke = null;
  takeBack();
  paint();
  speakCursor();
  if (isEmpty()) rest();
  else changed();
}
function clear() {
  stroke = null;
  if (!isEmpty()) change(EMPTY);
  paint();
  speakCursor();
  rest();
}
const isEmpty = () => !current().strokes.length && !current().photo;
