// What is old fades and says since when, by itself: time alone turns a tile, and a word turns it back.
// The marks are those of devices/standing.html; the rule is devices/availability.py.

import { clockTime } from "./figures.js";

const EVERY_MS = 1_000;
const ORDER = ["online", "stale", "offline"];

/** Watches the page. `now()` is the server's time in ms, `zone` the campus's. Asks no server. */
export class Freshness {
  constructor(now, zone) {
    this.now = now;
    this.zone = zone;
    this.seen = new Map();
    this.left = new Map();
    setInterval(() => document.hidden || this.tick(), EVERY_MS);
    document.addEventListener("visibilitychange", () => document.hidden || this.tick());
  }

  /** What a device said: `at` in ms. A farewell is the broker's word and no sign of life. */
  hear({ device, metric, channel, value }, at) {
    const heard = Math.min(at, this.now());
    if (metric === "online" && value !== "online") {
      if (!channel) this.left.set(device, heard);
    } else if (heard > (this.seen.get(device) ?? 0)) this.seen.set(device, heard);
  }

  /** A value was put in its place: it is as of `at`. */
  renew(place, at) {
    place.dataset.at = at / 1000;
    if (place.dataset.holds || this.standing(place) === "online") this.age(place, false);
  }

  tick() {
    for (const place of document.querySelectorAll("[data-standing]")) this.turn(place);
    for (const place of document.querySelectorAll("[data-holds]")) {
      const { at, holds } = place.dataset;
      this.age(place, this.now() / 1000 - at >= holds);
    }
  }

  turn(place) {
    const { standing: device, state, late, gone } = place.dataset;
    const seen = this.seen.get(device) ?? 0;
    const spoke = seen > 1000 * (place.dataset.seen ?? 0);
    if (spoke) place.dataset.seen = seen / 1000;
    const silence = this.now() / 1000 - place.dataset.seen;
    const fresh = silence < Math.min(late, gone);
    const farewell = this.left.get(device) ?? 0;
    const left = farewell >= 1000 * (place.dataset.seen ?? 0) && farewell && !("sleeps" in place.dataset && fresh);
    const due = left || silence >= gone ? "offline" : fresh ? "online" : "stale";
    const worse = ORDER.includes(state) && ORDER.indexOf(due) > ORDER.indexOf(state) && !("unread" in place.dataset);
    if (due === state || !(left || spoke || worse)) return;
    place.dataset.state = due;
    delete place.dataset.unread;
    for (const part of place.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== due;
    const since = place.querySelector("[data-since]");
    const words = due === "online" ? "" : left ? since.dataset.left : since.dataset.heard;
    since.textContent = words.replace("{time}", clockTime(left || 1000 * place.dataset.seen, this.zone));
    const whole = place.closest("[data-device]") ?? document.querySelector(`[data-device="${CSS.escape(device)}"]`);
    if (whole) whole.dataset.state = due;
  }

  age(place, old) {
    const alone = old && this.standing(place) === "online";
    place.toggleAttribute("data-old", old || this.standing(place) !== "online");
    const note = place.querySelector(".old-since") ?? place.nextElementSibling;
    if (!note?.matches(".old-since") || note.hidden === !alone) return;
    note.hidden = !alone;
    note.textContent = alone ? note.dataset.words.replace("{time}", clockTime(1000 * place.dataset.at, this.zone)) : "";
  }

  standing(place) {
    return place.closest("[data-state]")?.dataset.state ?? "online";
  }
}
