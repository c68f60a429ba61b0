import { printable } from "./printable.ts";

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
