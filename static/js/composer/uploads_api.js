/** The addresses under /uploads/ as three functions. No page, no state. */

const SILENCE_MS = 90_000;

/**
 * Send one file. Returns `{ done, abort }`; `done` resolves (it never rejects)
 * to `{ status, body, retryAfter }`: the HTTP status, 0 when nothing came back;
 * the parsed JSON or null; the pause the server asked for in seconds or null.
 * A connection that moves no byte for 90 seconds counts as broken.
 */
export function sendFile({ url, csrf, file, key, onProgress }) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve) => {
    let silence;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => request.abort(), SILENCE_MS);
    };
    request.upload.addEventListener("progress", (event) => {
      listen();
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
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
  const data = new FormData();
  data.append("file", file, file.name);
  request.open("POST", url);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", csrf);
  request.setRequestHeader("Idempotency-Key", key);
  request.send(data);
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
