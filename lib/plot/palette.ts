/**
 * Ten colours that stay apart for most colour-blind readers and on white paper, in the order in which series
 * take them.
 */
export const PALETTE: readonly string[] = [
  "#3b6fb6",
  "#d9730d",
  "#2f9e6e",
  "#b8478d",
  "#8a6d3b",
  "#6d5bd0",
  "#c4423f",
  "#1a9bb8",
  "#7f8f1e",
  "#5f6b7a",
];

/** What is protected, missing or merely context. */
export const MUTED = "#a8b0ba";

/** Text, axes and rules. */
export const INK = "#1f2933";

/** The colour of the i-th series; beyond ten they repeat. */
export function colorOf(index: number): string {
  return PALETTE[index % PALETTE.length]!;
}
