/** What a module does not export of what is imported from it: a sentence for each such name. */
export function missingExports(exports: readonly string[], names: readonly string[], from: string): string[] {
  return names.filter((name) => !exports.includes(name)).map((name) => {
    const near = nearestName(name, exports);
    const advice = near === undefined
      ? `mend the name, or write "type ${name}" where it is a type`
      : `did you mean ${near}?`;
    return `"${from}" exports no ${name}, which is undefined therefore: ${advice}`;
  });
}

/** The name that is spelt most like it, if there is one that differs in at most a third of its letters. */
function nearestName(name: string, names: readonly string[]): string | undefined {
  let [near, least] = [undefined as string | undefined, Math.max(1, Math.floor(name.length / 3)) + 1];
  for (const other of names) {
    const edits = editDistance(name.toLowerCase(), other.toLowerCase());
    if (edits < least) [near, least] = [other, edits];
  }
  return near;
}

/** Letters to put in, leave out or change until one text is the other (Levenshtein's distance). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + Number(a[i] !== b[j])));
    }
    row = next;
  }
  return row[b.length]!;
}
