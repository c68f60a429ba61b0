import type { Measured } from "./describe.ts";

/**
 * How many digits after the point a value with this deviation deserves: those of the deviation's first two
 * digits where they are 10 to 35, of its first otherwise (0.96 rounds to 1.0), so that rounding adds little
 * to it; negative for tens and hundreds. Source: Particle Data Group, "Review of Particle Physics",
 * introduction, section 5.3.
 *
 * @param deviation above 0
 */
export function decimalsFor(deviation: number): number {
  const exponent = Math.floor(Math.log10(deviation));
  return deviation / 10 ** exponent < 3.55 ? 1 - exponent : -exponent;
}

/** A number with so many digits after the point; rounded to tens or hundreds where `decimals` is negative. */
export function writeRounded(value: number, decimals: number): string {
  const unit = 10 ** Math.max(0, -decimals);
  const digits = Math.min(20, Math.max(0, decimals));
  const rounded = Math.round(value / unit) * unit || 0;
  return (unit > 1 ? rounded : value).toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: "negative",
  }).replace("-", "−");
}

/**
 * A measured number as its spread lets it be written: `92.7 ± 0.5`, `78 ± 14`. Without a spread (one value,
 * or values that are all the same) four significant digits stand alone.
 */
export function writeMeasured({ mean, deviation }: Pick<Measured, "mean" | "deviation">): string {
  if (!Number.isFinite(mean)) return "–";
  if (!(deviation > 0)) return writeSignificant(mean);
  const decimals = decimalsFor(deviation);
  return `${writeRounded(mean, decimals)} ± ${writeRounded(deviation, decimals)}`;
}

/**
 * A whole number, such as a count, as it is; any other with four significant digits, or as many as asked; a
 * dash for NaN.
 */
export function writeSignificant(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "–";
  if (Number.isInteger(value) || value === 0) return writeRounded(value, 0);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const rounded = Number(value.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - exponent);
  // Zeros at the end say nothing here.
  return rounded.toLocaleString("en", { maximumFractionDigits: Math.min(20, decimals) }).replace("-", "−");
}
