// The door display: asks every few seconds how its room stands. While there is no answer it keeps what it
// knew, says since when, and lets nobody press anything. One timer for the asking, one for the clock.

const EVERY_MS = 5_000;
const OLD_MS = 20_000;
const LONGEST_PAUSE_MS = 60_000;
const PATIENCE_MS = 8_000;
const SAID_MS = 10_000;

const { body } = document;
const said = body.dataset;
const plate = document.getElementById("plate");
const stale = document.getElementById("stale");
const message = document.getElementById("said");
const face = document.querySelector("[data-clock-face]");
const wallClock = new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: document.documentElement.dataset.clock === "12" ? "numeric" : "2-digit",
  minute: "2-digit",
  hourCycle: document.documentElement.dataset.clock === "12" ? "h12" : "h23",
  timeZone: said.zone,
});

let token = document.querySelector('meta[name="csrf-token"]').content;
let ahead = Number(said.now) - Date.now(); // the server's clock decides
let heardAt = Date.now();
let until = Number(said.until) || null;
let shown = "";
let answered = plate.querySelector("#answer span").textContent;
let failures = 0;
let locked = false;
let saidAt = 0;
let timer = 0;
let asking = null;

function hear(told) {
  heardAt = Date.now();
  ahead = told.now - heardAt;
  until = told.until;
  token = told.token;
  answered = told.answer;
  failures = 0;
  if (told.plate !== shown || body.classList.contains("is-old")) {
    const held = document.activeElement?.closest("[data-deed]")?.action;
    plate.innerHTML = shown = told.plate;
    if (held) [...plate.querySelectorAll("[data-deed]")].find((form) => form.action === held)?.querySelector("button").focus();
  }
  locked = false;
}

/** Ask once; the next time is set whatever comes of it. */
async function ask() {
  clearTimeout(timer);
  if (asking) return;
  asking = fetch(said.stateUrl, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE_MS) });
  try {
    const reply = await asking;
    if (reply.status === 404) locked = true;
    if (!reply.ok) throw new Error(reply.statusText);
    hear(await reply.json());
  } catch {
    failures += 1;
  }
  asking = null;
  const pause = failures ? Math.min(LONGEST_PAUSE_MS, EVERY_MS * 2 ** Math.min(failures - 1, 4)) : EVERY_MS;
  timer = setTimeout(ask, pause * (0.75 + Math.random() / 2));
  tick();
}

/** Once a second: the clock, and whether what is shown is old. */
function tick() {
  const now = Date.now();
  put(face, wallClock.format(now + ahead));
  const old = locked || now - heardAt > OLD_MS || now < heardAt - OLD_MS;
  body.classList.toggle("is-old", old);
  body.classList.toggle("is-locked", locked);
  plate.inert = old;
  const since = wallClock.format(heardAt + ahead);
  put(stale, locked ? said.locked : old ? said.stale.replace("{time}", since) : "");
  if (old) {
    const then = said.then.replace("{time}", since).replace("{answer}", answered);
    const known = until && now + ahead >= until ? said.unknown : then;
    put(plate.querySelector("#answer span"), locked ? said.lockedAnswer : known);
  }
  if (message.textContent && saidAt && now - saidAt > SAID_MS) put(message, "");
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function say(text) {
  put(message, text);
  saidAt = Date.now();
}

plate.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (plate.inert) return;
  const { target: form, submitter } = event;
  plate.inert = true; // once is enough
  try {
    const reply = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(submitter?.name ? [[submitter.name, submitter.value]] : []),
      headers: { Accept: "application/json", "X-CSRFToken": token },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const told = reply.headers.get("Content-Type")?.startsWith("application/json") ? await reply.json() : null;
    if (told?.plate) hear(told);
    say(told?.said ?? said.refused);
  } catch {
    say(said.lost);
  }
  plate.inert = false;
  tick();
});

/** A screen that may stay awake does; one that may not goes on as well. */
async function stayAwake() {
  if (document.hidden) return;
  await navigator.wakeLock?.request("screen").catch(() => {});
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  tick();
  ask();
  stayAwake();
});
addEventListener("online", ask);
saidAt = Date.now();
setInterval(tick, 1000);
timer = setTimeout(ask, EVERY_MS);
stayAwake();
