import { printable } from "./printable.ts";

/** So many of something: `1 place`, `2 places`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** A measured number in three digits, and as many zeros as it needs: `0.0466`, `12.3`, `1,340`. */
export function threeDigits(value: number): string {
  const text = value.toPrecision(3);
  return Math.abs(value) < 999.5 ? text : Number(text).toLocaleString("en");
}

/** Rows as lines of text in columns as wide as their widest cell, each to the left or the right. */
export function textTable(
  given: readonly (readonly string[])[],
  alignments: readonly ("left" | "right")[],
): { lines: string[]; widths: number[] } {
  const rows = given.map((row) => row.map((cell) => printable(cell).replace(/[\n\t]/g, " ")));
  const widths = alignments.map((_, i) => Math.max(0, ...rows.map((row) => row[i]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, i) => alignments[i] === "left" ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join(
      "  ",
    )
      .trimEnd()
  );
  return { lines, widths };
}
