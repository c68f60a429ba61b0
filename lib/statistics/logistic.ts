/** The logistic function 1 / (1 + e^−z), from log odds to a probability. */
export function logistic(z: number): number {
  return 1 / (1 + Math.exp(-z));
}
