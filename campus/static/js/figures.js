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

const clock = new Map();

/** Hour and minute in `zone`. */
export function clockTime(moment, zone) {
  if (!clock.has(zone)) {
    clock.set(zone, new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }));
  }
  return clock.get(zone).format(moment);
}
