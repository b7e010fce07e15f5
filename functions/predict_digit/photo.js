// An image instead of a drawing: chosen, pasted or dropped. It is sent at once.
const MAX_SIDE = 640; // longer side of an image that is sent, in pixels
async function openImage(file) {
  const turn = ++lastTurn;
  request?.abort();
  clearTimeout(draftTimer);
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (turn !== lastTurn) return;
  if (!bitmap) return setAnswer(() => showUnreadable(file));
  stroke = null;
  const paper = scaledDown(bitmap);
  pushState({ strokes: [], photo: { paper, image: flattened(paper).toDataURL("image/png") } });
  paint();
  send();
}
function showUnreadable({ name }) {
  removeRetry();
  showDetails();
  writeAnswer(["fault", say(`Ce fichier n'est pas une image que le navigateur sait lire : ${name}. Essayez un PNG ou un JPEG.`, `This file is no picture that the browser can read: ${name}. Try a PNG or a JPEG.`)]);
}
function scaledDown(bitmap, maxSide = MAX_SIDE) {
  const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  return copied(bitmap, width, height);
}
function copied(source, width, height) {
  const paper = element("canvas", "", [], { width, height });
  const context = paper.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, width, height);
  return paper;
}

// The server expects paper of one grey level; that of a photo varies. If the levels at the border differ, the image is divided
// by its background (a morphological closing), and faint lines and marks that are not part of the digit are removed.
const UNIFORM = 6; // maximum difference within uniform paper, in grey levels
const BACKGROUND_SIDE = 100; // longer side of the image from which the background is computed, in pixels
const RADIUS = 10; // of the closing, in pixels: more than half the width of a line
const SPECK = 0.05; // maximum size of a speck, as a fraction of the largest mark

function flattened(paper) {
  const level = greyLevels(paper);
  const border = level?.filter((_, index) => isOnBorder(index, paper.width, level.length));
  if (!level || isUniform(border)) return paper;
  const dark = isDark(level, paper);
  const onLight = (values) => (dark ? values.map((value) => 255 - value) : values);
  const small = scaledDown(paper, BACKGROUND_SIDE);
  const background = greyLevels(copied(toCanvas(closing(onLight(greyLevels(small)), small.width), small), paper.width, paper.height));
  const ink = onLight(level).map((value, index) => Math.max(0, 1 - value / Math.max(1, background[index])));
  const peak = Math.max(0.2, quantile(ink, 0.998));
  const marks = ink.map((value) => Math.min(1, Math.max(0, (value / peak - 0.3) / 0.4)));
  return toCanvas(withoutSpecks(marks, paper.width).map((value) => 255 - 255 * value), paper);
}
// Null if the image has transparency, which the server handles.
function greyLevels(paper) {
  const { data } = paper.getContext("2d").getImageData(0, 0, paper.width, paper.height);
  const level = new Float32Array(data.length / 4);
  for (let index = 0; index < level.length; index += 1) {
    if (data[4 * index + 3] < 255) return null;
    level[index] = 0.299 * data[4 * index] + 0.587 * data[4 * index + 1] + 0.114 * data[4 * index + 2];
  }
  return level;
}
const isOnBorder = (index, width, count) => index < width || index >= count - width || index % width === 0 || index % width === width - 1;
const quantile = (values, share) => values.toSorted()[Math.round(share * (values.length - 1))];
function isUniform(border) {
  const median = quantile(border, 0.5);
  return border.filter((value) => Math.abs(value - median) > UNIFORM).length <= 0.02 * border.length;
}
// Whether the digit is light on dark, as on a blackboard. Light multiplies, hence the products. The middle two of the four sides
// count: one side of the image may show the table.
function isDark(level, { width, height }) {
  const sides = [(x, y) => y === 0, (x, y) => y === height - 1, (x) => x === 0, (x) => x === width - 1];
  const papers = sides.map((isSide) => quantile(level.filter((_, index) => isSide(index % width, Math.floor(index / width))), 0.5)).sort((a, b) => a - b);
  return quantile(level, 0.998) * Math.max(10, quantile(level, 0.002)) > papers[1] * papers[2];
}
function closing(level, width) {
  const filter = (values, pick) => filterAlong(filterAlong(values, pick, width, 1), pick, values.length / width, width);
  return filter(filter(level, Math.max), Math.min);
}
// A maximum or minimum filter (`pick`) along rows or columns of `count` values, `stride` apart.
function filterAlong(values, pick, count, stride) {
  return values.map((value, index) => {
    const position = Math.floor(index / stride) % count;
    let picked = value;
    for (let step = -Math.min(RADIUS, position); step <= Math.min(RADIUS, count - 1 - position); step += 1) picked = pick(picked, values[index + step * stride]);
    return picked;
  });
}
function toCanvas(level, { width, height }) {
  const paper = element("canvas", "", [], { width, height });
  const image = new ImageData(width, height);
  level.forEach((value, index) => image.data.set([value, value, value, 255], 4 * index));
  paper.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0);
  return paper;
}
// Without specks and, unless nothing else is left, without the marks that the border cuts.
function withoutSpecks(marks, width) {
  const components = connectedComponents(marks, width);
  const whole = components.some(({ isCut }) => !isCut) ? components.filter(({ isCut }) => !isCut) : components;
  const largest = Math.max(...whole.map(({ pixels }) => pixels.length));
  const result = new Float32Array(marks.length);
  for (const { pixels } of whole) if (pixels.length >= SPECK * largest) for (const index of pixels) result[index] = marks[index];
  return result;
}
function connectedComponents(marks, width) {
  const seen = new Uint8Array(marks.length);
  const components = [];
  marks.forEach((value, start) => {
    if (!value || seen[start]) return;
    const component = { pixels: [start], isCut: false }; // `isCut` by the border of the image
    seen[start] = 1;
    for (const index of component.pixels) {
      const column = index % width;
      if (isOnBorder(index, width, marks.length)) component.isCut = true;
      for (const next of [column && index - 1, column < width - 1 && index + 1, index - width, index + width]) {
        if (!marks[next] || seen[next]) continue;
        seen[next] = 1;
        component.pixels.push(next);
      }
    }
    components.push(component);
  });
  return components;
}
