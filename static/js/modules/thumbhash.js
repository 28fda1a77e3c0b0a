/**
 * Placeholders drawn from a ThumbHash: some 25 bytes that hold the lowest frequencies of a picture.
 *
 * Layout: three bytes of header (6 bits of lightness, 6 + 6 of the two colour axes, 5 of the scale
 * of lightness, 1 for transparency), two more (3 bits of the shorter side's frequencies, 6 + 6 of
 * the colour scales, 1 for landscape), one for transparency where there is some, then four bits a
 * coefficient: lightness, yellow-blue, red-green, transparency.
 */

const LONG_SIDE = 32;

/** Frequencies of one channel, in the order they are stored: only those below the diagonal. */
function frequencies(across, down) {
  const list = [];
  for (let v = 0; v < down; v++) {
    for (let u = v ? 0 : 1; u * down < across * (down - v); u++) list.push([u, v]);
  }
  return list;
}

function nibbles(bytes, start) {
  let at = start * 2;
  return () => {
    const byte = bytes[at >> 1] ?? 0;
    const nibble = at % 2 ? byte >> 4 : byte & 15;
    at++;
    return nibble / 7.5 - 1;
  };
}

function channel(read, mean, scale, across, down) {
  return { mean, waves: frequencies(across, down).map(([u, v]) => [u, v, read() * scale]) };
}

function cosines(count, length) {
  const table = [];
  for (let n = 0; n < count; n++) {
    table.push(Float32Array.from({ length }, (_, i) => Math.cos((Math.PI / length) * (i + 0.5) * n)));
  }
  return table;
}

/** @returns {object[]} the channels that the bytes hold: each its mean and its waves */
function read(bytes) {
  const colour = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
  const shape = bytes[3] | (bytes[4] << 8);
  const seeThrough = colour >> 23;
  const wide = shape >> 15;
  const most = seeThrough ? 5 : 7;
  const across = wide ? most : shape & 7;
  const down = wide ? shape & 7 : most;
  const next = nibbles(bytes, seeThrough ? 6 : 5);
  // Chroma is raised by a quarter, since four bits round its small waves down.
  const channels = [
    channel(next, (colour & 63) / 63, ((colour >> 18) & 31) / 31, Math.max(3, across), Math.max(3, down)),
    channel(next, ((colour >> 6) & 63) / 31.5 - 1, (((shape >> 3) & 63) / 63) * 1.25, 3, 3),
    channel(next, ((colour >> 12) & 63) / 31.5 - 1, (((shape >> 9) & 63) / 63) * 1.25, 3, 3),
  ];
  if (seeThrough) channels.push(channel(next, (bytes[5] & 15) / 15, (bytes[5] >> 4) / 15, 5, 5));
  return channels;
}

function pixels(channels, width, height) {
  const data = new Uint8ClampedArray(width * height * 4);
  const horizontal = cosines(7, width);
  const vertical = cosines(7, height);
  const value = ({ mean, waves }, x, y) =>
    waves.reduce((sum, [u, v, size]) => sum + 2 * size * horizontal[u][x] * vertical[v][y], mean);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [light, yellow, red, alpha] = channels.map((one) => value(one, x, y));
      const blue = light - (2 / 3) * yellow;
      const warm = (3 * light - blue + red) / 2;
      data[at] = 255 * warm;
      data[at + 1] = 255 * (warm - red);
      data[at + 2] = 255 * blue;
      data[at + 3] = 255 * (alpha ?? 1);
    }
  }
  return new ImageData(data, width, height);
}

/**
 * @param {string} base64 the ThumbHash
 * @param {number} ratio the picture's true width / height; the bytes know it only roughly
 * @returns {HTMLCanvasElement | null} a tiny drawing, or null where the text is no ThumbHash
 */
export function placeholder(base64, ratio) {
  try {
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(LONG_SIDE * Math.min(1, ratio)));
    canvas.height = Math.max(1, Math.round(LONG_SIDE / Math.max(1, ratio)));
    const channels = read(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
    canvas.getContext("2d").putImageData(pixels(channels, canvas.width, canvas.height), 0, 0);
    return canvas;
  } catch {
    return null;
  }
}
