// The balance of power, as dashboards/power.py has it: use = grid + sun + battery, building = use − cars.

const PARTS = ["sun", "grid", "battery", "cars"];

/** Watts of each part from the newest value of each series; null where one that counts is silent. */
export function balance(data, values, isSilent) {
  const watts = {};
  for (const part of PARTS) {
    const heard = data.parts[part].filter((key) => !isSilent(key.split(" ")[0]));
    const missing = part !== "cars" && heard.length < data.parts[part].length;
    watts[part] = missing ? null : heard.reduce((sum, key) => sum + (values.get(key) ?? 0), 0);
  }
  if (!data.parts.grid.length) watts.grid = null;
  const { sun, grid, battery, cars } = watts;
  const use = sun === null || grid === null || battery === null ? null : grid + sun + battery;
  const share = use === null || use <= 0 ? null : Math.min(1, Math.max(0, sun / use));
  return { ...watts, use, share, building: use === null ? null : use - cars, export: Math.max(0, -(grid ?? 0)) };
}

/** Which sentence tells the state best. */
export function headlineCase(power) {
  const { use, sun, battery } = power;
  if (use === null) return "silent";
  if (use <= 0) return "odd";
  if (power.export > 0.05 * use && sun >= use) return "surplus";
  if (sun >= 0.995 * use) return "sunny";
  if (sun >= 0.01 * use) return "sunlit";
  return battery > 0.5 * use ? "battery" : "dark";
}

/** The two bars: [part, begin, length] on 1,000 units. */
export function bars(power) {
  return {
    incoming: shares([["sun", power.sun], ["battery", power.battery], ["grid", power.grid]]),
    outgoing: shares([["building", power.building], ["cars", power.cars], ["battery", -(power.battery ?? 0)], ["grid", power.export]]),
  };
}

function shares(values) {
  const positive = values.filter(([, value]) => value > 0);
  const total = positive.reduce((sum, [, value]) => sum + value, 0);
  let begin = 0;
  return positive.map(([part, value]) => {
    const length = (1000 * value) / total;
    begin += length;
    return [part, begin - length, length];
  });
}
