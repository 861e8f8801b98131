// Passkeys: adding one, signing in with one, showing once more that it is you. A form with data-passkey is
// hidden until the browser is known to keep passkeys; without this module everything else goes on as it is.

import { csrfToken } from "./shell.js";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

let waiting = null; // what the browser is asked at the moment: it answers one question at a time

async function call(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.detail), { said });
  return said;
}

function withIds(list) {
  return (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
}

function creationOptions(json) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(json);
  return {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: withIds(json.excludeCredentials),
  };
}

function requestOptions(json) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(json);
  return { ...json, challenge: bytes(json.challenge), allowCredentials: withIds(json.allowCredentials) };
}

function credentialJson(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { response } = credential;
  const told = { clientDataJSON: base64url(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) told[name] = base64url(response[name]);
  }
  if (response.getTransports) told.transports = response.getTransports();
  return { id: credential.id, rawId: base64url(credential.rawId), type: credential.type, response: told };
}

/** Ask the server what to ask, the browser for its answer, and the server what it thinks of it. */
async function ceremony(form, mediation) {
  waiting?.abort();
  const asked = (waiting = new AbortController());
  const options = await call(form.dataset.begin, {});
  if (asked.signal.aborted) return;
  const adds = form.dataset.passkey === "add";
  const credential = adds
    ? await navigator.credentials.create({ publicKey: creationOptions(options), signal: asked.signal })
    : await navigator.credentials.get({ publicKey: requestOptions(options), mediation, signal: asked.signal });
  const body = { credential: credentialJson(credential), next: form.dataset.next ?? "" };
  if (adds) body.name = form.elements.name.value;
  try {
    go((await call(form.dataset.finish, body)).next);
  } catch (error) {
    error.chosen = true; // somebody picked a key, so they want to know
    if (error.said?.code === "unknown-passkey" && PublicKeyCredential.signalUnknownCredential) {
      await PublicKeyCredential.signalUnknownCredential({ rpId: options.rpId, credentialId: credential.id });
    }
    throw error;
  }
}

/** To another page, or to this one anew: an address that differs by its #part alone would load nothing. */
function go(next) {
  const target = new URL(next, location.href);
  const same = target.pathname === location.pathname && target.search === location.search;
  location.assign(target);
  if (same) location.reload();
}

function show(form, error) {
  if (error.name === "AbortError") return;
  if (error.said?.code === "proof-needed") return go(error.said.next);
  const texts = { NotAllowedError: "cancelled", InvalidStateError: "known", SecurityError: "wrongPlace" };
  const line = form.querySelector("[role=alert]");
  line.querySelector("span").textContent = error.said?.detail || form.dataset[texts[error.name] ?? "failed"];
  line.hidden = false;
}

async function start(form, mediation) {
  const button = form.querySelector("button");
  if (!mediation) {
    form.querySelector("[role=alert]").hidden = true;
    button.disabled = true;
  }
  try {
    await ceremony(form, mediation);
  } catch (error) {
    if (!mediation || error.chosen) show(form, error);
  } finally {
    button.disabled = false;
  }
}

/** Offer passkeys among what the browser fills into the address field, without being asked. */
async function fillIn(form) {
  const field = document.querySelector("input[autocomplete~=username][type=email]");
  if (!field || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  field.autocomplete = "username webauthn";
  await start(form, "conditional");
}

if (window.PublicKeyCredential && navigator.credentials) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      start(form);
    });
    form.hidden = false;
    if (form.dataset.passkey === "sign-in") fillIn(form);
  }
  for (const line of document.querySelectorAll("[data-passkey-none]")) line.hidden = true;
}
