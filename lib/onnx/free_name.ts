/** A name that starts with `stem` and is not taken; from then on it is. */
export function freeName(taken: Set<string>, stem: string): string {
  let name = stem;
  for (let i = 1; taken.has(name); i++) name = `${stem}_${i}`;
  taken.add(name);
  return name;
}
