/** The addresses under /uploads/ as three functions. No page in here. */

const SILENCE_MS = 90_000;
// Below this a file is quicker sent whole: it takes one request, not two.
const WHOLE_BYTES = 1_000_000;
const PIECE_BYTES = { least: 256 * 1024, first: 1024 * 1024, most: 4 * 1024 * 1024 };
// When the link breaks a browser may send the piece again from its beginning, and a proxy that
// holds a request back until it is whole loses it: no more than a second's worth.
const PIECE_SECONDS = 1;

let pieceBytes = PIECE_BYTES.first;
// The keys of which the server may hold a part.
const begun = new Set();

/**
 * Send one file. Returns `{ done, abort }`; `done` resolves (it never rejects)
 * to `{ status, body, retryAfter, received }`: the HTTP status, 0 when nothing came back;
 * the parsed JSON or null; the pause the server asked for in seconds or null; how many bytes
 * the server was known to hold, undefined when that is unknown.
 * A connection that moves no byte for 90 seconds counts as broken. Sent again with the same
 * key, a large file goes on from where the server has got to.
 */
export function sendFile(order) {
  return order.file.size > WHOLE_BYTES ? sendInPieces(order) : sendWhole(order);
}

function sendWhole({ url, csrf, file, key, onProgress }) {
  const body = new FormData();
  body.append("file", file, file.name);
  const headers = { "X-CSRFToken": csrf, "Idempotency-Key": key };
  return exchange({ method: "POST", url, headers, body, onBytes: (sent, all) => onProgress(sent / all) });
}

function sendInPieces({ url, csrf, file, key, onProgress }) {
  const address = `${url}incoming/${encodeURIComponent(key)}/`;
  const headers = { "X-CSRFToken": csrf, "X-File-Name": headerText(file.name) };
  let exchanging = null;
  let aborted = false;

  const ask = (request) => {
    exchanging = exchange({ url: address, headers, ...request });
    return exchanging.done;
  };

  const sendPiece = async (from) => {
    const to = Math.min(from + pieceBytes, file.size);
    // All of it is there already and only the answer was lost, or not yet to be had.
    const range = from < file.size ? `${from}-${to - 1}` : "*";
    const started = performance.now();
    const reply = await ask({
      method: "PUT",
      headers: { ...headers, "Content-Range": `bytes ${range}/${file.size}` },
      body: file.slice(from, to),
      onBytes: (sent) => onProgress((from + sent) / file.size),
    });
    if (reply.status === 202) setPace(((to - from) * PIECE_SECONDS * 1000) / (performance.now() - started));
    if (reply.status === 0) setPace(pieceBytes / 2);
    return reply;
  };

  const send = async () => {
    let received = 0;
    if (begun.has(key)) {
      const reply = await ask({ method: "GET" });
      if (reply.status !== 200) return reply;
      if (reply.body?.upload) return { ...reply, body: reply.body.upload };
      received = reply.body?.received ?? 0;
    }
    begun.add(key);
    for (let barren = 0; barren < 3 && !aborted; ) {
      const reply = await sendPiece(received);
      const held = reply.body?.received;
      // Only an answer on the way to the end tells how much is there.
      if (!Number.isInteger(held)) return { ...reply, received };
      barren = held > received ? 0 : barren + 1;
      received = held;
    }
    return { status: 0, body: null, retryAfter: null, received };
  };

  const done = send().then((reply) => {
    if (reply.body?.id) begun.delete(key);
    return reply;
  });
  const abort = () => {
    aborted = true;
    exchanging?.abort();
    if (begun.delete(key)) discardUpload(address, csrf);
  };
  return { done, abort };
}

function setPace(bytes) {
  pieceBytes = Math.round(Math.min(PIECE_BYTES.most, Math.max(PIECE_BYTES.least, bytes)));
}

function exchange({ method, url, headers, body = null, onBytes = null }) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve) => {
    let silence;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => request.abort(), SILENCE_MS);
    };
    if (onBytes) {
      request.upload.addEventListener("progress", (event) => {
        listen();
        if (event.lengthComputable) onBytes(event.loaded, event.total);
      });
    }
    request.addEventListener("loadend", () => {
      clearTimeout(silence);
      resolve({
        status: request.status,
        body: parsed(request.responseText),
        retryAfter: seconds(request.getResponseHeader("Retry-After")),
      });
    });
    listen();
  });
  request.open(method, url);
  request.setRequestHeader("Accept", "application/json");
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.send(body);
  return { done, abort: () => request.abort() };
}

/** The upload's JSON; `{ state: "gone" }` when the server has none to give; null when it didn't answer. */
export async function readUpload(url) {
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    if (response.ok) return await response.json();
    return response.status === 404 || response.status === 410 ? { state: "gone" } : null;
  } catch {
    return null;
  }
}

/** Throw an upload away. A failure is harmless: the server erases unused uploads by itself. */
export function discardUpload(url, csrf) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrf };
  return fetch(url, { method: "DELETE", headers, keepalive: true }).catch(() => null);
}

// A header takes no letters beyond ASCII, and half a surrogate pair can't even be encoded.
function headerText(text) {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "_"));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function seconds(header) {
  if (!header) return null;
  const pause = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(pause) ? Math.max(0, pause) : null;
}
