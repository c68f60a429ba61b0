import { type Html, html } from "./html.ts";
import type { NetworkDrawing } from "./network_drawing.ts";
import { layRails } from "./rails.ts";

/** Height of a row, in px, which the style sheet has too. */
export const ROW = 28;

/** Between two lanes, in px; less where there are many. */
const LANE = 18;

/** Width that lanes take at most, in px. */
const WIDEST = 200;

/** Radius of a row's dot, in px. */
const DOT = 7;

/** The rails and dots of a network as SVG, and how wide they are; colours are the page's variables. */
export function railsDrawing({ rows, edges }: NetworkDrawing): { svg: Html; width: number } {
  const { lanes, count } = layRails(rows.length, edges);
  const lane = Math.min(LANE, WIDEST / count);
  const x = (row: number) => round(DOT + 4 + lanes[row]! * lane);
  const y = (row: number) => row * ROW + ROW / 2;
  const paths = edges.map(([from, to]) => {
    const start = `M${x(from)} ${y(from)}`;
    if (lanes[from] === lanes[to]) return `${start}V${y(to)}`;
    // Out of the way at once where the reader's lane is free, down the own lane otherwise.
    const bend = y(to) - ROW;
    return `${start}V${bend}C${x(from)} ${bend + ROW / 2} ${x(to)} ${y(to) - ROW / 2} ${x(to)} ${y(to)}`;
  });
  const dots = rows.map(({ letter, color }, row) => {
    const at = html`cx="${x(row)}" cy="${y(row)}"`;
    if (color === undefined) {
      return html`
        <circle class="plain" ${at} r="3" />
      `;
    }
    const text = letter !== undefined &&
      html`<text x="${x(row)}" y="${y(row) + 3.5}">${letter}</text>`;
    return html`
      <circle ${at} r="${letter === undefined ? DOT - 2 : DOT}" fill="${color}" />${text}
    `;
  });
  const width = Math.ceil(2 * DOT + 8 + (count - 1) * lane);
  const height = rows.length * ROW;
  const svg = html`
    <svg class="rails" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"
      aria-hidden="true"><path d="${paths.join("")}"/>${dots}</svg>
  `;
  return { svg, width };
}

const round = (value: number): number => Math.round(10 * value) / 10;
