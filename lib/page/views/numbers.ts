/** A large count, as people say it: `4.09 G`, `25.6 M`, `512`. */
export function shortCount(count: number): string {
  if (!Number.isFinite(count)) return "unknown";
  const [unit, size] = UNITS.find(([, size]) => count >= ROUNDED * size) ?? ["", 1];
  return unit === "" ? `${count}` : `${threeDigits(count / size)} ${unit}`;
}

/** From here on three digits round up to the next unit. */
const ROUNDED = 0.9995;

const UNITS: readonly (readonly [string, number])[] = [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]];

/** A number of bytes, as people say it: `102 MB`. */
export function shortBytes(count: number): string {
  return count < 1000 ? `${count} B` : `${shortCount(count)}B`;
}

/** Three digits, without an exponent: `4.09`, `25.6`, `102`. */
function threeDigits(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

/** Milliseconds with as many digits as they are worth: `0.412 ms`, `12.3 ms`, `1.20 s`. */
export function shortTime(ms: number): string {
  if (ms >= 1000) return `${threeDigits(ms / 1000)} s`;
  return `${ms < 1 ? ms.toFixed(3) : threeDigits(ms)} ms`;
}
