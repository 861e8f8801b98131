// The pages of devices, live: a value changes in its place, what is old fades, the rest comes anew each minute.

import { clockTime, figure } from "./figures.js";
import { Freshness } from "./freshness.js";
import { follow } from "./live.js";

const ANEW_MS = 60_000;
const SOON_MS = 2_000;

const told = document.getElementById("live-data");
if (told) begin(JSON.parse(told.textContent));

function begin(data) {
  const skew = Date.now() - data.now * 1000;
  const fresh = new Freshness(() => Date.now() - skew, data.zone);
  const newest = new Map();
  let timer = 0;

  function take(readings) {
    for (const reading of readings) {
      const at = Date.parse(reading.at);
      const key = `${reading.device} ${reading.metric} ${reading.channel}`;
      fresh.hear(reading, at);
      if (at < (newest.get(key)?.at ?? 0)) continue; // late: something newer is shown already
      newest.set(key, { at, value: reading.value });
      show(key);
    }
    fresh.tick();
  }

  function show(key) {
    const { at, value } = newest.get(key);
    const places = document.querySelectorAll(`[data-live="${CSS.escape(key)}"]`);
    for (const place of places) {
      const [text, unit] = typeof value === "string" ? [data.words[value] ?? value, ""] : figure(value, place.dataset.unit, Number(place.dataset.digits));
      write(place.querySelector("[data-text]"), text);
      write(place.querySelector(".value-unit"), unit);
      fresh.renew(place, at);
    }
    for (const place of document.querySelectorAll(`[data-time="${CSS.escape(key)}"]`)) {
      place.dateTime = new Date(at).toISOString();
      write(place, clockTime(at, data.zone));
    }
    if (!places.length && document.querySelector("#values")) soon(); // a series that was not there yet
  }

  function soon() {
    timer ||= setTimeout(again, SOON_MS);
  }

  /** The parts of the page that the server words: lines of the day, standings, counts. */
  async function again() {
    timer = 0;
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const place of document.querySelectorAll("[data-again]")) {
        const part = page.getElementById(place.id);
        if (!part || place.contains(document.activeElement) || place.innerHTML === part.innerHTML) continue;
        place.replaceChildren(...part.childNodes);
        if (part.dataset.state) place.dataset.state = part.dataset.state;
      }
      for (const key of newest.keys()) show(key);
      fresh.tick();
    } catch {
      // no connection: what is shown grows old by itself
    }
  }

  async function resync() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(`the hub answered ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    newest.clear();
    soon();
    return JSON.parse(page.getElementById("live-data").textContent).after;
  }

  follow(data.stream, data.after, { on: { readings: take }, state: () => {}, resync });
  setInterval(again, ANEW_MS);
  fresh.tick();
  told.dataset.begun = "";
}

function write(place, text) {
  if (place && place.textContent !== text) place.textContent = text;
}
