/** Amounts, as people read them. */

/** So many of something: `1 place`, `2 places`. */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

/** A measured number in three digits, and as many zeros as it needs: `0.0466`, `12.3`, `1,340`. */
export function threeDigits(value: number): string {
  const text = value.toPrecision(3);
  return Math.abs(value) < 999.5 ? text : Number(text).toLocaleString("en");
}

/** A part in percent: `49.6 %`. */
export function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}
