// The drawing: its strokes, its undo history, and how it is shown. Strokes come from a mouse, a finger or a pen.
const SIDE = 280; // of the image that is sent, in pixels; the model was trained and evaluated with this side and this pen
const PEN = 18; // width of a line, in pixels of the image
const UNDO_LIMIT = 60; // number of states in the undo history
const PALM_TIMEOUT = 1500; // time after a pen event during which a touch is the palm of the hand, in milliseconds

const canvas = find("canvas");
const view = canvas.getContext("2d");
const sheet = element("canvas", "", [], { width: SIDE, height: SIDE });
const pen = sheet.getContext("2d", { willReadFrequently: true });

// The undo history; the last state is shown. A state has either strokes or a photo.
const EMPTY = { strokes: [], photo: null };
let states = [EMPTY];
let stroke = null; // the stroke being drawn: `id` and `kind` of its pointer, `points` with their widths
const current = () => states.at(-1);
const pushState = (state) => { states = [...states, state].slice(-UNDO_LIMIT); };
const popState = () => { states = states.length > 1 ? states.slice(0, -1) : [EMPTY]; };

// A quadratic curve with its control points at the stroke's points and its ends halfway between them: smooth at any pointer rate.
const midpoint = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
function trace(context, points) {
  let [from, width] = [points[0], 0];
  context.beginPath();
  points.forEach((point, index) => {
    const control = points[index - 1] ?? point;
    const to = midpoint(control, point);
    if (control.width !== width) {
      context.stroke();
      context.beginPath();
      context.moveTo(from.x, from.y);
      context.lineWidth = width = control.width;
    }
    context.quadraticCurveTo(control.x, control.y, to.x, to.y);
    from = to;
  });
  context.lineTo(points.at(-1).x + 0.01, points.at(-1).y); // a line of zero length would draw no dot
  context.stroke();
}

let frame = 0;
const schedulePaint = () => { frame ||= requestAnimationFrame(paint); };
function paint() {
  cancelAnimationFrame(frame);
  frame = 0;
  for (const context of [pen, view]) {
    context.fillRect(0, 0, SIDE, SIDE);
    for (const { points } of current().strokes) trace(context, points);
  }
  if (current().photo) showPhoto(current().photo.paper);
}
function showPhoto(photo) {
  const scale = SIDE / Math.max(photo.width, photo.height);
  const [width, height] = [photo.width * scale, photo.height * scale];
  view.imageSmoothingEnabled = scale < 4;
  view.drawImage(photo, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
}

// The canvas has as many pixels as the screen: the drawing is painted again when the page is resized, rotated or zoomed.
function resizeCanvas() {
  const size = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  if (size === canvas.width) return;
  canvas.width = canvas.height = size;
  setUpContext(view, size / SIDE);
  paint();
}
function setUpContext(context, scale) {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  Object.assign(context, { lineCap: "round", lineJoin: "round", strokeStyle: "#000", fillStyle: "#fff", imageSmoothingQuality: "high" });
}

// Drawing with a mouse, a finger or a pen; pressure makes the line of a pen wider.
let lastPenTime = -Infinity;
function pointOf(event) {
  const box = canvas.getBoundingClientRect();
  const scale = SIDE / box.width;
  const width = event.pointerType === "pen" && event.pressure > 0 ? PEN * (0.6 + 0.8 * event.pressure) : PEN;
  return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale, width };
}
function startsStroke({ button, pointerType, timeStamp }) {
  if (button !== 0 || (pointerType === "touch" && timeStamp - lastPenTime < PALM_TIMEOUT)) return false;
  return !stroke || stroke.kind === "keys" || (pointerType === "pen" && stroke.kind === "touch");
}
function onPointerDown(event) {
  if (event.pointerType === "pen") lastPenTime = event.timeStamp;
  if (!startsStroke(event)) return;
  event.preventDefault();
  if (stroke?.kind === "touch") discardStroke(); // the palm came down before the pen
  finishStroke();
  canvas.setPointerCapture(event.pointerId);
  find("grid").setAttribute("hidden", "");
  startStroke({ id: event.pointerId, kind: event.pointerType, points: [pointOf(event)] });
}
function startStroke(newStroke) {
  stroke = newStroke;
  pushState({ strokes: [...current().strokes, stroke], photo: null });
  paint();
  scheduleDraft();
}
function onPointerMove(event) {
  if (event.pointerType === "pen") lastPenTime = event.timeStamp;
  if (!stroke || event.pointerId !== stroke.id) return;
  const events = event.getCoalescedEvents?.() ?? [];
  stroke.points.push(...(events.length ? events : [event]).map(pointOf));
  schedulePaint();
  scheduleDraft();
}
function onPointerUp(event) {
  if (event.pointerId === stroke?.id) finishStroke();
}
function finishStroke() {
  if (!stroke) return;
  stroke = null;
  paint();
  describeCursor();
  scheduleDraft();
}
function onPointerCancel(event) {
  if (event.pointerId !== stroke?.id) return;
  if (stroke.kind === "touch") discardStroke(); // the system took the touch for a gesture of its own
  else finishStroke();
}
function discardStroke() {
  stroke = null;
  popState();
  paint();
  scheduleDraft();
}

function undo() {
  stroke = null;
  popState();
  paint();
  describeCursor();
  if (isEmpty()) reset();
  else scheduleDraft();
}
function clear() {
  stroke = null;
  if (!isEmpty()) pushState(EMPTY);
  paint();
  describeCursor();
  reset();
}
const isEmpty = () => !current().strokes.length && !current().photo;
