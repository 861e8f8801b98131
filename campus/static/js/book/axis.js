// The day that is shown: its length, its quarters of an hour, and now by the server's clock, which decides.

import { timesFromTo } from "../figures.js";

export const STEP = 15; // minutes

/** What the page was told: {day, start, minutes, now, steps, words, lanes, ...}, see book_data.py. */
export const told = JSON.parse(document.getElementById("day-data").textContent);
let toldAt = performance.now();

/** The page's parts came anew, and these data with them. */
export function tellAnew(data) {
  Object.assign(told, data);
  toldAt = performance.now();
}

/** Now, in minutes from the axis' start. */
export const now = () => told.now + (performance.now() - toldAt) / 60000;
/** What the wall clock shows at `minute` of the axis, HH:MM. Clocks change on a quarter, never within one. */
export function wall(minute) {
  const [time] = told.steps[Math.floor(minute / STEP)];
  const rest = Math.floor(minute % STEP);
  return `${time.slice(0, 3)}${String(Number(time.slice(3)) + rest).padStart(2, "0")}`;
}
/** A choice, {from, to}, for people. */
export const words = ({ from, to }) => timesFromTo(wall(from), wall(to));
export const snap = (minute) => Math.floor(minute / STEP) * STEP;
/** The instant at `minute` of the axis, as the API has it. */
export const instant = (minute) => new Date(told.start + minute * 60000).toISOString();

/** Put `{name}` in a sentence of the page. */
export const say = (sentence, said = {}) =>
  told.words[sentence].replace(/\{(\w+)\}/g, (_whole, name) => said[name] ?? "");

/** Classes f480 and t540 say where something lies; what came after the page has no style block of its own. */
export function place(root) {
  for (const element of root.querySelectorAll(".at, .now, .hour")) {
    for (const name of element.classList) {
      const found = /^([ft])(\d+)$/.exec(name);
      if (found) element.style.setProperty(`--${found[1]}`, found[2]);
    }
  }
}
