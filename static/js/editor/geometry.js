/** Where edits put a picture, by the rules of posts/imaging/edits.py. Pure functions. */

const LEAST = 0.05;
export const WHOLE = [0, 0, 1, 1];

/** Width and height of the frame: the picture after rotating, before cropping. */
export function frameSize(edits, width, height) {
  return (edits.rotate ?? 0) % 180 ? [height, width] : [width, height];
}

/** By how much straightening enlarges, so that the frame keeps its size and no corner is empty. */
export function straightenScale(degrees, width, height) {
  const angle = (Math.abs(degrees) * Math.PI) / 180;
  return Math.cos(angle) + Math.sin(angle) * Math.max(width / height, height / width);
}

/** Width and height after rotating and cropping, each at least one pixel. */
export function sizeAfter(edits, width, height) {
  const frame = frameSize(edits, width, height);
  const [, , w, h] = edits.crop ?? WHOLE;
  return [Math.max(1, Math.round(frame[0] * w)), Math.max(1, Math.round(frame[1] * h))];
}

/**
 * The canvas transform `[a, b, c, d, e, f]` that draws a picture of `width` × `height` at the
 * origin so that its edited part fills a canvas of `outWidth` × `outHeight`.
 */
export function transformOf(edits, width, height, outWidth, outHeight) {
  const [frameWidth, frameHeight] = frameSize(edits, width, height);
  const [x, y, w, h] = edits.crop ?? WHOLE;
  const tilt = edits.straighten ?? 0;
  const s = tilt ? straightenScale(tilt, frameWidth, frameHeight) : 1;
  return [
    scaled(outWidth / (w * frameWidth), outHeight / (h * frameHeight)),
    moved((0.5 - x) * frameWidth, (0.5 - y) * frameHeight),
    turned(tilt),
    scaled(edits.flip ? -s : s, s),
    turned(edits.rotate ?? 0),
    moved(-width / 2, -height / 2),
  ].reduce(multiplied);
}

function scaled(x, y) {
  return [x, 0, 0, y, 0, 0];
}

function moved(x, y) {
  return [1, 0, 0, 1, x, y];
}

function turned(degrees) {
  const angle = (degrees * Math.PI) / 180;
  // Exact for quarter turns, so that pixels stay on pixels.
  const [sin, cos] = degrees % 90 ? [Math.sin(angle), Math.cos(angle)] : [Math.round(Math.sin(angle)), Math.round(Math.cos(angle))];
  return [cos, sin, -sin, cos, 0, 0];
}

function multiplied([a, b, c, d, e, f], [g, h, i, j, k, l]) {
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

/** The edits after a quarter turn of what one sees; `by` is 90 or -90 degrees clockwise. */
export function rotated(edits, by) {
  // Mirrored, the picture behind the mirror turns the other way.
  const rotate = ((edits.rotate ?? 0) + (edits.flip ? -by : by) + 360) % 360;
  const next = { ...edits, rotate };
  const right = by > 0;
  if (edits.crop) {
    const [x, y, w, h] = edits.crop;
    next.crop = right ? [1 - y - h, x, h, w] : [y, 1 - x - w, h, w];
  }
  if (edits.focal) {
    const [x, y] = edits.focal;
    next.focal = right ? [1 - y, x] : [y, 1 - x];
  }
  return next;
}

/** The edits after mirroring what one sees, left to right. */
export function flipped(edits) {
  const next = { ...edits, flip: !edits.flip, straighten: -(edits.straighten ?? 0) };
  if (edits.crop) next.crop = [1 - edits.crop[0] - edits.crop[2], ...edits.crop.slice(1)];
  if (edits.focal) next.focal = [1 - edits.focal[0], edits.focal[1]];
  return next;
}

/** The largest crop of that shape (width to height, as fractions of the frame) about the old one's middle. */
export function shapedCrop([x, y, w, h], shape) {
  const width = Math.min(1, shape);
  const size = [width, width / shape];
  const middle = [x + w / 2, y + h / 2];
  return [...middle.map((at, axis) => clamped(at - size[axis] / 2, 0, 1 - size[axis])), ...size];
}

/** A crop moved by fractions of the frame; it stays inside. */
export function movedCrop([x, y, w, h], dx, dy) {
  return [clamped(x + dx, 0, 1 - w), clamped(y + dy, 0, 1 - h), w, h];
}

/**
 * A crop one edge or corner of which ("n", "se", …) is dragged by fractions of the frame;
 * `shape` keeps width to height, 0 leaves them free.
 */
export function resizedCrop(crop, edge, dx, dy, shape = 0) {
  const across = side(crop[0], crop[2], edge.includes("w"), edge.includes("e"), dx);
  const down = side(crop[1], crop[3], edge.includes("n"), edge.includes("s"), dy);
  if (!shape) return [across.start(across.size), down.start(down.size), across.size, down.size];
  // The longer of the two wishes counts, as far as both sides have room for it.
  const wish = edge === "n" || edge === "s" ? down.size * shape : edge === "e" || edge === "w" ? across.size : Math.max(across.size, down.size * shape);
  const width = clamped(wish, Math.max(LEAST, LEAST * shape), Math.min(across.room, down.room * shape));
  return [across.start(width), down.start(width / shape), width, width / shape];
}

function side(start, size, first, last, by) {
  const end = start + size;
  if (first) return { size: clamped(size - by, LEAST, end), room: end, start: (wide) => end - wide };
  if (last) return { size: clamped(size + by, LEAST, 1 - start), room: 1 - start, start: () => start };
  const middle = start + size / 2;
  return { size, room: 2 * Math.min(middle, 1 - middle), start: (wide) => middle - wide / 2 };
}

/** The largest part of a picture, in pixels `[x, y, w, h]`, of a shape, about its focal point. */
export function partAround([focalX, focalY], width, height, shape) {
  const w = Math.min(width, height * shape);
  const h = w / shape;
  return [clamped(focalX * width - w / 2, 0, width - w), clamped(focalY * height - h / 2, 0, height - h), w, h];
}

export function clamped(value, least, most) {
  return Math.max(least, Math.min(most, value));
}
