/** A place in a text, as the language server counts: lines from 0, UTF-16 units from 0. */
export interface Position {
  /** The line. */
  line: number;
  /** How far into it. */
  character: number;
}

/** The place of so many UTF-16 units from the start. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: before.at(-1)!.length };
}

/** How many UTF-16 units from the start a place is. */
export function offsetAt(text: string, { line, character }: Position): number {
  return text.split("\n").slice(0, line).reduce((sum, { length }) => sum + length + 1, 0) + character;
}

/** UTF-16 units for a cursor that Jupyter counts in characters. */
export function unitsOf(text: string, characters: number): number {
  return [...text].slice(0, characters).join("").length;
}

/** Jupyter's count of characters for so many UTF-16 units. */
export function charactersOf(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}
