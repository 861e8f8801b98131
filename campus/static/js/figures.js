// Numbers for people while they change: the same rules as campus/figures.py.

export const language = document.documentElement.lang || "en";
const formats = new Map();

function format(decimals) {
  if (!formats.has(decimals)) {
    formats.set(decimals, new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
  }
  return formats.get(decimals);
}

const magnitude = (value) => (value ? Math.floor(Math.log10(Math.abs(value))) : 0);

/** `digits` significant digits, `places` decimals at most: 2.00, 21.4, 1,240. A dash where unknown. */
export function number(value, digits = 3, places = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const step = 10 ** Math.min(places, digits - 1 - magnitude(value));
  const rounded = Math.round(value * step) / step + 0;
  return format(Math.min(places, Math.max(0, digits - 1 - magnitude(rounded)))).format(rounded);
}

export const whole = (value) => number(value, 15, 0);
export const kilo = (value) => number(value === null ? null : value / 1000);

/** 3 h 20 min; the patterns are the page's own words: {hours} h {minutes} min. */
export function duration(seconds, words) {
  if (!Number.isFinite(seconds)) return "–";
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return words.moment;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const pattern = hours ? (rest ? words.both : words.hours) : words.minutes;
  return pattern.replace("{hours}", hours).replace("{minutes}", rest);
}

const style = document.documentElement.dataset.clock === "12" ? { hour: "numeric", hourCycle: "h12" } : { hour: "2-digit", hourCycle: "h23" };
const tied = "\u00a0"; // between 2:30 and PM
const clock = new Map();

/** Hour and minute in `zone`, as the reader writes them: 14:30, 2:30 PM, 2:30 p.m. */
export function clockTime(moment, zone) {
  if (!clock.has(zone)) {
    clock.set(zone, new Intl.DateTimeFormat(language, { ...style, minute: "2-digit", timeZone: zone }));
  }
  return clock.get(zone).format(moment).replace(/\s/gu, tied);
}

/** From and to, each "HH:MM" as a form's field has it: 14:00–15:30, 2:00–3:30 PM. */
export function timesFromTo(start, end) {
  const [first, last] = [start, end].map((wall) => clockTime(new Date(`2000-01-01T${wall}Z`), "UTC"));
  const [number, half] = first.split(tied);
  return `${half === last.split(tied)[1] ? number : first}–${last}`;
}

const thousands = ["W", "VA", "var"];

/** [text, unit]: `digits` significant digits, all before the point; kW from 1,000 W on. As devices/wording.py. */
export function figure(value, unit, digits = 3) {
  if (thousands.includes(unit) && Math.abs(value) >= 1000) [value, unit] = [value / 1000, `k${unit}`];
  const places = Math.max(0, digits - String(Math.trunc(Math.abs(value))).length);
  return [new Intl.NumberFormat(language, { maximumFractionDigits: Math.min(places, 20) }).format(value), unit === "1" ? "" : unit];
}
