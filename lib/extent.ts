/** The smallest and the largest of some numbers, however many these are; 0 and 0 of none. */
export function extent(values: Iterable<number>): [low: number, high: number] {
  let found: [number, number] | undefined;
  for (const value of values) {
    found = found ? [Math.min(found[0], value), Math.max(found[1], value)] : [value, value];
  }
  return found ?? [0, 0];
}
