import { mean } from "./describe.ts";

/**
 * Each of some rows with the one of others that has the same key, such as its seed; of several the first.
 * What has no partner is left out, as where a run failed.
 */
export function pairedBy<First, Second>(
  first: readonly First[],
  second: readonly Second[],
  key: (row: First | Second) => string | number,
): [First, Second][] {
  const partners = Map.groupBy(second, key);
  return first.flatMap((row) => {
    const found = partners.get(key(row));
    return found ? [[row, found[0]!]] : [];
  });
}

/**
 * Means of what was measured on rows, key by key, in the order in which the keys first come: one number for
 * each seed, whatever was repeated with it, as a verdict takes it. What was measured several times with one
 * seed is no more certain than the seed. A measurement that is undefined is left out.
 */
export function meansBy<Row, Key>(
  rows: readonly Row[],
  key: (row: Row) => Key,
  measure: (row: Row) => number | undefined,
): Map<Key, number> {
  return new Map(
    [...Map.groupBy(rows, key)].flatMap(([own, group]) => {
      const found = group.map(measure).filter((value) => value !== undefined);
      return found.length > 0 ? [[own, mean(found)] as const] : [];
    }),
  );
}
