/**
 * Refuses options that a function does not have, which plain JavaScript and objects from elsewhere would pass
 * unseen.
 *
 * @param action what cannot be done, as `plan`
 * @param known a key for each option
 * @throws TypeError where `options` is no object, or names an unknown option, with the nearest known name and
 * all of them
 */
export function requireKnownOptions(
  action: string,
  options: unknown,
  known: Readonly<Record<string, unknown>>,
): void {
  const names = Object.keys(known);
  if (options === null || typeof options !== "object") {
    throw new TypeError(
      `Cannot ${action} with options ${String(options)}: expected an object with any of ${names.join(", ")}`,
    );
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    const nearest = names.reduce((best, other) => edits(name, other) < edits(name, best) ? other : best);
    throw new TypeError(
      `Cannot ${action} with option "${name}": the nearest known one is "${nearest}", of ${names.join(", ")}`,
    );
  }
}

/** Letters to add, drop or change to make one text of another, whatever their case (Levenshtein). */
function edits(a: string, b: string): number {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
