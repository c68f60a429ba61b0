import { escapeXml } from "./escape_xml.ts";
import { CHARACTER, type LegendEntry, swatch, wrap } from "./legend.ts";
import { MUTED } from "./palette.ts";

/** The end of a line, in the units of the axes, and what is written beside it. */
export interface LineEnd extends LegendEntry {
  /** Place on the horizontal axis. */
  x: number;
  /** Place on the vertical axis. */
  y: number;
}

const LINE = 13;
const COLUMNS = 26;
/** Leader and swatch before a label. */
const LEAD = 46;

/** Width in px of the margin that labels take. */
export function labelMargin(ends: readonly LegendEntry[]): number {
  const longest = Math.max(
    0,
    ...ends.flatMap(({ label }) => wrap(label, COLUMNS).map(({ length }) => length)),
  );
  return Math.ceil(LEAD + longest * CHARACTER + 8);
}

/** Whether all labels have a place beside a drawing of this height. */
export function labelsFit(ends: readonly LegendEntry[], height: number): boolean {
  return ends.reduce((sum, { label }) => sum + heightOf(label), 0) <= height;
}

/**
 * Labels to the right of a drawing, each beside the end of its line, or as near as the others let it, with a
 * thin line that leads to it.
 *
 * @param at where an end is drawn, in px
 * @param box the drawing without its axes, in px
 */
export function directLabels(
  ends: readonly LineEnd[],
  at: (end: LineEnd) => { x: number; y: number },
  { right, top, bottom }: { right: number; top: number; bottom: number },
): string {
  const placed = ends.map((end) => ({ end, from: at(end), lines: wrap(end.label, COLUMNS) }))
    .sort((a, b) => a.from.y - b.from.y);
  const centers = apart(
    placed.map(({ from, end }) => ({ y: from.y, height: heightOf(end.label) })),
    top,
    bottom,
  );
  return placed.map(({ end, from, lines }, i) => {
    const [x, y] = [right + 14, px(centers[i]!)];
    const leader = `<path d="M${px(from.x + 5)},${px(from.y)}L${right + 10},${y}" stroke="${MUTED}" ` +
      `stroke-width="0.8" fill="none"/>`;
    const text = lines.map((line, k) =>
      `<text x="${x + 26}" y="${px(y + 4 + LINE * (k - (lines.length - 1) / 2))}" font-size="11">${
        escapeXml(line)
      }</text>`
    );
    return leader + swatch(end, x, y) + text.join("");
  }).join("");
}

const heightOf = (label: string) => LINE * wrap(label, COLUMNS).length + 2;

/** Centres as near to their wishes as they can be without meeting, from top to bottom; wishes are sorted. */
function apart(wishes: readonly { y: number; height: number }[], top: number, bottom: number): number[] {
  let free = top;
  const down = wishes.map(({ y, height }) => {
    const center = Math.max(y, free + height / 2);
    free = center + height / 2;
    return center;
  });
  let floor = bottom;
  return down.map((_, i) => i).reverse().map((i) => {
    const center = Math.min(down[i]!, floor - wishes[i]!.height / 2);
    floor = center - wishes[i]!.height / 2;
    return center;
  }).reverse();
}

const px = (value: number) => Number(value.toFixed(1));
