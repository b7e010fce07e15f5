// A picture instead of a drawing: chosen, pasted or dropped. It is read at once.
const LARGEST = 640; // longer side of a picture that is sent, in pixels
async function take(file) {
  const mine = ++asked;
  request?.abort();
  clearTimeout(pause);
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (mine !== asked) return;
  if (!bitmap) return tell(() => refuse(file));
  stroke = null;
  const paper = scaled(bitmap);
  change({ strokes: [], photo: { paper, image: evened(paper).toDataURL("image/png") } });
  paint();
  send();
}
function refuse({ name }) {
  withdraw();
  show();
  write(["fault", say(`Ce fichier n'est pas une image que le navigateur sait lire : ${name}. Essayez un PNG ou un JPEG.`, `This file is no picture that the browser can read: ${name}. Try a PNG or a JPEG.`)]);
}
function scaled(bitmap, longest = LARGEST) {
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  return copied(bitmap, width, height);
}
function copied(from, width, height) {
  const paper = element("canvas", "", [], { width, height });
  const context = paper.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(from, 0, 0, width, height);
  return paper;
}

// The server takes paper for one level of grey, which a photo's is not: where its edge has several, the shade is divided
// out (the background is a morphological closing), faint lines are let go, and what is no part of the digit.
const EVEN = 6; // levels of grey that a paper of one colour may differ by
const COARSE = 100; // longer side of the background, in points
const REACH = 10; // points: a line is narrower than twice that
const SPECK = 0.05; // of the largest mark's size

function evened(paper) {
  const level = levels(paper);
  const edge = level?.filter((_, at) => onEdge(at, paper.width, level.length));
  if (!level || isEven(edge)) return paper;
  const dark = isDark(level, paper);
  const light = (values) => (dark ? values.map((value) => 255 - value) : values);
  const small = scaled(paper, COARSE);
  const background = levels(copied(painted(closed(light(levels(small)), small.width), small), paper.width, paper.height));
  const ink = light(level).map((value, at) => Math.max(0, 1 - value / Math.max(1, background[at])));
  const peak = Math.max(0.2, quantile(ink, 0.998));
  const marks = ink.map((value) => Math.min(1, Math.max(0, (value / peak - 0.3) / 0.4)));
  return painted(cleaned(marks, paper.width).map((value) => 255 - 255 * value), paper);
}
function levels(paper) {
  const { data } = paper.getContext("2d").getImageData(0, 0, paper.width, paper.height);
  const found = new Float32Array(data.length / 4);
  for (let at = 0; at < found.length; at += 1) {
    if (data[4 * at + 3] < 255) return null; // the server knows what is transparent
    found[at] = 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2];
  }
  return found;
}
const onEdge = (at, width, count) => at < width || at >= count - width || at % width === 0 || at % width === width - 1;
const quantile = (values, share) => values.toSorted()[Math.round(share * (values.length - 1))];
function isEven(edge) {
  const paper = quantile(edge, 0.5);
  return edge.filter((value) => Math.abs(value - paper) > EVEN).length <= 0.02 * edge.length;
}
// Light paper or a blackboard? Light multiplies; one side of the picture may be the table.
function isDark(level, { width, height }) {
  const sides = [(x, y) => y === 0, (x, y) => y === height - 1, (x) => x === 0, (x) => x === width - 1];
  const papers = sides.map((side) => quantile(level.filter((_, at) => side(at % width, Math.floor(at / width))), 0.5)).sort((one, other) => one - other);
  return quantile(level, 0.998) * Math.max(10, quantile(level, 0.002)) > papers[1] * papers[2];
}
function closed(level, width) {
  const apply = (values, pick) => along(along(values, pick, width, 1), pick, values.length / width, width);
  return apply(apply(level, Math.max), Math.min);
}
function along(values, pick, count, stride) {
  return values.map((value, at) => {
    const place = Math.floor(at / stride) % count;
    let found = value;
    for (let step = -Math.min(REACH, place); step <= Math.min(REACH, count - 1 - place); step += 1) found = pick(found, values[at + step * stride]);
    return found;
  });
}
function painted(level, { width, height }) {
  const paper = element("canvas", "", [], { width, height });
  const image = new ImageData(width, height);
  level.forEach((value, at) => image.data.set([value, value, value, 255], 4 * at));
  paper.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0);
  return paper;
}
function cleaned(marks, width) {
  const found = connected(marks, width);
  const whole = found.some(({ cut }) => !cut) ? found.filter(({ cut }) => !cut) : found;
  const largest = Math.max(...whole.map(({ places }) => places.length));
  const kept = new Float32Array(marks.length);
  for (const { places } of whole) if (places.length >= SPECK * largest) for (const at of places) kept[at] = marks[at];
  return kept;
}
function connected(marks, width) {
  const seen = new Uint8Array(marks.length);
  const found = [];
  marks.forEach((value, start) => {
    if (!value || seen[start]) return;
    const mark = { places: [start], cut: false }; // `cut` by the picture's edge
    seen[start] = 1;
    for (const at of mark.places) {
      const column = at % width;
      if (onEdge(at, width, marks.length)) mark.cut = true;
      for (const next of [column && at - 1, column < width - 1 && at + 1, at - width, at + width]) {
        if (!marks[next] || seen[next]) continue;
        seen[next] = 1;
        mark.places.push(next);
      }
    }
    found.push(mark);
  });
  return found;
}
