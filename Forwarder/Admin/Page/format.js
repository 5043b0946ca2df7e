// Figures for people: three significant digits, and units that they know.

const count = new Intl.NumberFormat("en");

export const number = (value) => count.format(value);

const scaled = (value, step, units) => {
  let unit = 0;
  while (value >= step && unit < units.length - 1) { value /= step; unit++; }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
};

export const bytes = (value) => scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);

export const bitsPerSecond = (bytesPerSecond) => scaled(bytesPerSecond * 8, 1000, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]);

export const rate = (value) => value >= 100 || Number.isInteger(value) ? number(Math.round(value)) : value.toFixed(1);

export const duration = (seconds) => {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([size]) => seconds >= size);
  return parts.slice(first, first + 2).map(([size, unit], index) => {
    const whole = Math.floor((index === 0 ? seconds : seconds % parts[first][0]) / size);
    return `${whole} ${unit}`;
  }).join(" ");
};

export const time = (text) => new Date(text).toLocaleTimeString();
