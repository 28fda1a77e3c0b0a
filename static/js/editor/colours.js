/**
 * What edits do to colours: the formulas of posts/imaging/colours.py, with the same operations
 * in the same order, so that every number comes out alike. Pure functions.
 */

const LUMINANCE = [0.2126, 0.7152, 0.0722];
const IDENTITY = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
const GRAIN = 4096;
const AXES = [0, 1, 2];

/**
 * The maps of some edits: `matrix`, twelve numbers (three rows of three factors and an offset)
 * for values from 0 to 255, and `table`, the 256 values that what comes of it is looked up in.
 */
export function colourMaps(edits, presets) {
  const preset = presets.find((each) => each.name === edits.filter);
  const share = (edits.intensity ?? 100) / 100;
  let matrix = times(lively(1 + (edits.saturation ?? 0) / 100), warm((edits.warmth ?? 0) / 100));
  let offset = [0, 0, 0];
  if (preset) {
    const mixed = IDENTITY.map((ones, row) => ones.map((one, at) => one + (preset.matrix[row][at] - one) * share));
    matrix = times(mixed, matrix);
    offset = preset.offset.map((one) => one * share);
  }
  return {
    matrix: matrix.flatMap((row, at) => [...row, offset[at]]).map((one) => Math.floor(one * GRAIN + 0.5) / GRAIN),
    table: table(edits, preset, share),
  };
}

/** Whether edits leave all colours as they are. */
export function keepsColours({ brightness, contrast, saturation, warmth, filter }) {
  return !(brightness || contrast || saturation || warmth || filter);
}

/** Run pixels (RGBA, 0 to 255) through maps into `target`, which may be the same array. */
export function applyMaps({ matrix, table }, pixels, target) {
  const [rr, rg, rb, rt, gr, gg, gb, gt, br, bg, bb, bt] = matrix;
  for (let index = 0; index < pixels.length; index += 4) {
    const r = pixels[index];
    const g = pixels[index + 1];
    const b = pixels[index + 2];
    target[index] = table[byte(rr * r + rg * g + rb * b + rt)];
    target[index + 1] = table[byte(gr * r + gg * g + gb * b + gt)];
    target[index + 2] = table[byte(br * r + bg * g + bb * b + bt)];
    target[index + 3] = pixels[index + 3];
  }
}

function byte(value) {
  const rounded = (value + 0.5) | 0;
  return rounded < 0 ? 0 : rounded > 255 ? 255 : rounded;
}

function warm(k) {
  return [[1 + 0.18 * k, 0, 0], [0, 1 + 0.02 * k, 0], [0, 0, 1 - 0.18 * k]];
}

function lively(s) {
  return AXES.map((row) => AXES.map((at) => (1 - s) * LUMINANCE[at] + s * IDENTITY[row][at]));
}

/** The matrix that does `other` first and `one` after it. */
function times(one, other) {
  return one.map((row) => AXES.map((at) => row[0] * other[0][at] + row[1] * other[1][at] + row[2] * other[2][at]));
}

function table(edits, preset, share) {
  const contrast = (edits.contrast ?? 0) / 100;
  const slope = contrast < 0 ? 1 + contrast : 1 + 1.5 * contrast;
  return Uint8ClampedArray.from({ length: 256 }, (_none, value) => {
    let tone = (value - 127.5) * slope + 127.5 + (edits.brightness ?? 0) * 0.8;
    if (preset) tone += (bent(tone, preset.points) - tone) * share;
    return Math.floor(tone + 0.5);
  });
}

/** The line through the points at this value; level before the first and after the last. */
function bent(value, points) {
  if (value <= points[0][0]) return points[0][1];
  for (let index = 1; index < points.length; index += 1) {
    const [x, y] = points[index - 1];
    const [nextX, nextY] = points[index];
    if (value <= nextX) return y + ((nextY - y) * (value - x)) / (nextX - x);
  }
  return points.at(-1)[1];
}
