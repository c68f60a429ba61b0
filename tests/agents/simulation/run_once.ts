/** What several tests of the simulator share. */

export const round = (value: number) => Math.round(1e5 * value) / 1e5;

/** The mean of numbers, and five of its standard errors. */
export function meanAndError(values: ArrayLike<number>): [mean: number, error: number] {
  const all = Array.from(values);
  const mean = all.reduce((a, b) => a + b) / all.length;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
  return [mean, 5 * Math.sqrt(variance / all.length) + 1e-9];
}
