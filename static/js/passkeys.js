/** Forms that carry a passkey: the browser makes or proves one before the form is sent. */

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const withBytes = (credentials) => credentials?.map((each) => ({ ...each, id: toBytes(each.id) }));

async function optionsOf(form) {
  if (form.dataset.options) {
    const data = JSON.parse(document.getElementById(form.dataset.options).textContent);
    return (data.creation_options ?? data.request_options).publicKey;
  }
  const answer = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new TypeError(`answered ${answer.status}`);
  return (await answer.json()).request_options.publicKey;
}

async function made(options) {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
      // One that the device keeps and guards: it then needs no password beside it.
      authenticatorSelection: {
        ...options.authenticatorSelection,
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      },
    },
  });
  return sendable(credential, {
    attestationObject: toText(credential.response.attestationObject),
    transports: credential.response.getTransports?.() ?? [],
  });
}

async function proved(options) {
  const credential = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    },
  });
  const { authenticatorData, signature, userHandle } = credential.response;
  return sendable(credential, {
    authenticatorData: toText(authenticatorData),
    signature: toText(signature),
    userHandle: userHandle ? toText(userHandle) : null,
  });
}

const sendable = (credential, parts) => ({
  id: credential.id,
  rawId: toText(credential.rawId),
  type: credential.type,
  authenticatorAttachment: credential.authenticatorAttachment,
  clientExtensionResults: credential.getClientExtensionResults(),
  response: { clientDataJSON: toText(credential.response.clientDataJSON), ...parts },
});

/** The word for what went wrong, among those the page carries. */
function trouble(error) {
  if (error.name === "NotAllowedError" || error.name === "AbortError") return "cancelled";
  if (error.name === "InvalidStateError") return "already";
  if (error instanceof TypeError) return "away";
  return "unable";
}

async function carry(form) {
  const button = form.querySelector("button");
  const says = form.querySelector(".passkey-trouble");
  says.hidden = true;
  button.disabled = true;
  try {
    if (!window.PublicKeyCredential) throw new DOMException("no passkeys", "NotSupportedError");
    const options = await optionsOf(form);
    const proof = await (form.dataset.passkey === "create" ? made(options) : proved(options));
    form.elements.credential.value = JSON.stringify(proof);
    form.submit();
  } catch (error) {
    says.textContent = says.dataset[trouble(error)];
    says.hidden = false;
    button.disabled = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    carry(form);
  });
}
// Gone back to by the browser's history, the page is as it was left: let the button work again.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-passkey] button")) button.disabled = false;
});
