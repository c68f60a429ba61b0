import { type Markup, markup } from "./markup.ts";
import type { NetworkDrawing } from "../worker/network_drawing.ts";
import { layRails } from "./rails.ts";

/** Height of a row, in px, which the style sheet has too. */
const ROW = 28;

/** Between two lanes, in px; less where there are many. */
const LANE = 18;

/** Width that lanes take at most, in px. */
const WIDEST = 200;

/** Radius of a row's dot, in px. */
const DOT = 7;

/** The rails and dots of a network as SVG, and how wide they are; lines are coloured by the style sheet. */
export function railsDrawing({ rows, edges }: NetworkDrawing): { svg: Markup; width: number } {
  const { lanes, count } = layRails(rows.length, edges);
  const lane = Math.min(LANE, WIDEST / count);
  const x = (row: number) => round(DOT + 4 + lanes[row]! * lane);
  const y = (row: number) => row * ROW + ROW / 2;
  const paths = edges.map(([from, to]) => {
    const start = `M${x(from)} ${y(from)}`;
    if (lanes[from] === lanes[to]) return `${start}V${y(to)}`;
    // Down its own lane, which is kept free for it, and over in the last step.
    const bend = y(to) - ROW;
    return `${start}V${bend}C${x(from)} ${bend + ROW / 2} ${x(to)} ${y(to) - ROW / 2} ${x(to)} ${y(to)}`;
  });
  const dots = rows.map(({ letter, color }, row) => {
    const [cx, cy] = [x(row), y(row)];
    if (color === undefined) return markup`<circle class="plain" cx="${cx}" cy="${cy}" r="3"/>`;
    const radius = letter === undefined ? DOT - 2 : DOT;
    const text = letter !== undefined && markup`<text x="${cx}" y="${cy + 3.5}">${letter}</text>`;
    return markup`<circle cx="${cx}" cy="${cy}" r="${radius}" fill="${color}"/>${text}`;
  });
  const width = Math.ceil(2 * DOT + 8 + (count - 1) * lane);
  const height = rows.length * ROW;
  const size = markup`width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const svg = markup`<svg class="rails" ${size} aria-hidden="true"><path d="${
    paths.join("")
  }"/>${dots}</svg>`;
  return { svg, width };
}

const round = (value: number): number => Math.round(10 * value) / 10;
