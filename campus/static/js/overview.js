// The hub live: numbers change in place, words come from the server, the chart grows.

import { clockTime, duration, kilo, number, whole } from "./figures.js";
import { Freshness } from "./freshness.js";
import { follow } from "./live.js";
import { balance, bars, headlineCase } from "./power.js";
import { PowerChart } from "./power_chart.js";

const PAINT_EVERY_MS = 250;
const POINT_EVERY_MS = 2_000;
const SETTLE_MS = 10_000;
const CARDS_EVERY_MS = 60_000;
const QUIET_AFTER_MS = 60_000;
const CHART_ANEW_MS = 20 * 60_000;

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const answer = document.getElementById("answer");
const liveState = document.getElementById("live-state");
const liveWord = document.getElementById("live-word");
const signIn = document.getElementById("live-sign-in");

const telling = { current: "", coming: "", since: 0 };

let data = read("overview-data");
const values = new Map();
const times = new Map();
const words = new Map();
const changed = new Set();
let skew = 0;
let paintTimer = 0;
let cardsTimer = 0;
let lastPoint = 0;
let powerMoved = false;
let connected = false;
let stream = null;

const formats = { number, whole, kilo, duration: (seconds) => duration(seconds, data.durations) };
const now = () => Date.now() - skew;
const fresh = new Freshness(now, data.zone);

function start(fresh) {
  data = fresh;
  telling.current = data.case;
  skew = Date.now() - data.now * 1000;
  for (const [key, value] of Object.entries(data.values)) values.set(key, value);
  for (const [key, word] of Object.entries(data.words)) words.set(key, word);
}

// What comes in

function take(readings) {
  for (const reading of readings) {
    const { device, metric, channel, at, value } = reading;
    const key = `${device} ${metric} ${channel}`;
    const moment = Date.parse(at);
    const known = data.devices[device];
    if (!known) return askForCards();
    fresh.hear(reading, moment);
    if (metric === "online" && value !== "online") askForCards(); // a farewell is no sign of life
    else {
      known.seen = Math.max(known.seen ?? 0, Math.min(moment, now()) / 1000);
      if (known.state !== "online") askForCards();
      known.silent = false;
      known.state = "online";
    }
    if (moment < (times.get(key) ?? 0)) continue; // late: something newer is shown already
    times.set(key, moment);
    if (typeof value === "string") {
      if (words.get(key) !== value) askForCards();
      words.set(key, value);
      continue;
    }
    values.set(key, value);
    changed.add(key);
    if (metric === "power") powerMoved = true;
  }
  paintTimer ||= setTimeout(paint, PAINT_EVERY_MS);
}

// What is shown

function paint() {
  paintTimer = 0;
  for (const key of changed) {
    for (const place of document.querySelectorAll(`[data-live="${CSS.escape(key)}"]`)) show(place, values.get(key), times.get(key));
  }
  changed.clear();
  if (powerMoved) paintPower();
}

function show(place, value, at) {
  if (place instanceof HTMLProgressElement) place.value = value;
  else write(place, formats[place.dataset.format](value));
  if (at) fresh.renew(place, at);
}

function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function paintPower() {
  powerMoved = false;
  const power = balance(data, values, isSilent);
  for (const place of document.querySelectorAll("[data-power]")) {
    const watts = power[place.dataset.power];
    write(place, kilo(watts === null ? null : Math.abs(watts)));
  }
  write(answer, sentence(power));
  for (const note of document.querySelectorAll("[data-note]")) paintNote(note, power);
  for (const [name, bar] of Object.entries(bars(power))) paintBar(name, bar);
  if (now() - lastPoint < POINT_EVERY_MS) return;
  lastPoint = now();
  chart?.extend([{ at: lastPoint, power }]);
}

function sentence(power) {
  const share = power.share === null ? null : 100 * power.share;
  return data.sentences[settled(headlineCase(power))]
    .replace("{use}", kilo(power.use))
    .replace("{share}", whole(share))
    .replace("{export}", kilo(power.export));
}

/** The case to tell: a new one only once it has held for a while, so that the words do not flicker. */
function settled(fresh) {
  const { current, coming, since } = telling;
  if (fresh === current) telling.coming = current;
  else if ([fresh, current].includes("silent")) telling.current = fresh;
  else if (fresh === coming && now() - since > SETTLE_MS) telling.current = fresh;
  else if (fresh !== coming) Object.assign(telling, { coming: fresh, since: now() });
  return telling.current;
}

function paintNote(note, power) {
  const { note: part, pattern, in: into, out, none, least } = note.dataset;
  if (part === "sun") write(note, power.share === null ? "" : pattern.replace("{share}", whole(100 * power.share)));
  else write(note, !(Math.abs(power[part]) >= least) ? none : power[part] > 0 ? into : out);
}

function paintBar(name, bar) {
  for (const rect of document.querySelectorAll(`[data-bar="${name}"] rect`)) {
    const [, begin, length] = bar.find(([part]) => part === rect.dataset.part) ?? [null, 0, 0];
    rect.setAttribute("x", begin);
    rect.setAttribute("width", length);
  }
}

// Words and cards come from the server

function askForCards() {
  cardsTimer ||= setTimeout(() => fetchCards().catch(() => {}), 700); // out of reach: the stream tells
}

async function fetchCards() {
  cardsTimer = 0;
  if (document.hidden || isOut()) return;
  const reply = await fetch(data.cards);
  if (reply.redirected) return location.reload(); // signed out elsewhere
  if (!reply.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const part of page.body.children) {
    const place = document.getElementById(part.id);
    for (const live of part.querySelectorAll("[data-live]")) {
      const { live: key } = live.dataset;
      if (times.has(key) && values.has(key)) show(live, values.get(key), times.get(key));
    }
    if (place.innerHTML === part.innerHTML) continue;
    const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    place.replaceChildren(...part.childNodes);
    if (focused) place.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  }
}

// Silence

const isSilent = (slug) => {
  const device = data.devices[slug];
  return !device || device.silent || device.seen === null || now() / 1000 - device.seen > device.silence;
};

function listen() {
  for (const [slug, device] of Object.entries(data.devices)) {
    const silent = isSilent(slug);
    const late = !silent && device.state === "online" && now() / 1000 - device.seen >= device.late;
    if (silent && !device.silent) powerMoved = true;
    if ((silent && !device.silent) || late) askForCards();
    if (late) device.state = "stale";
    if (silent) [device.silent, device.state] = [true, "offline"];
  }
  if (powerMoved) paintPower();
  if (connected) tell("live");
}

const newest = () => 1000 * Math.max(...Object.values(data.devices).map((device) => device.seen ?? 0));

// The stream's own state

const isOut = () => liveState.dataset.state === "out";

function tell(state, since) {
  connected = state === "live";
  if (connected && newest() < now() - QUIET_AFTER_MS) [state, since] = ["quiet", newest()];
  if (state === liveState.dataset.state) return;
  liveState.dataset.state = state;
  signIn.hidden = state !== "out";
  write(liveWord, liveState.dataset[state].replace("{time}", since ? clockTime(since, data.zone) : ""));
}

async function reload() {
  const reply = await fetch(data.again);
  if (reply.redirected) location.reload(); // signed out elsewhere
  if (!reply.ok) throw new Error(`the hub answered ${reply.status}`);
  start(await reply.json());
  times.clear();
  chart?.draw(data);
  powerMoved = true;
  paintPower();
  await fetchCards();
  return data.after;
}

start(data);
const chart = data.figure.data.length ? new PowerChart(document.getElementById("power-chart"), data) : null;
stream = follow(data.stream, data.after, { on: { readings: take }, state: tell, resync: reload });
setInterval(() => document.hidden || listen(), 5_000);
setInterval(askForCards, CARDS_EVERY_MS);
setInterval(() => document.hidden || stream.resync(), CHART_ANEW_MS);
