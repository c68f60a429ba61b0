/**
 * Ten colours in the order in which series take them. Any two stay apart on white paper for every kind of
 * colour vision, the first four the most: `tests/plot/palette_test.ts` computes how far. Series differ by
 * their markers too.
 */
export const PALETTE: readonly string[] = [
  "#346b96",
  "#d97005",
  "#11a593",
  "#b864e5",
  "#936751",
  "#7f3ad5",
  "#d13c14",
  "#3e86a3",
  "#78985b",
  "#525d64",
];

/** Colour of things that are protected, missing or merely context. */
export const MUTED = "#a8b0ba";

/** Text, axes and rules. */
export const INK = "#1f2933";

/** The colour of the i-th series; beyond ten they repeat. */
export function colorOf(index: number): string {
  return PALETTE[index % PALETTE.length]!;
}
