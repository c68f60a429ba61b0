import { escapeXml } from "./escape_xml.ts";
import { type Marker, markerPath } from "./markers.ts";

/** One entry of a figure's legend, drawn as what it names is drawn. */
export interface LegendEntry {
  /** Text of the entry. */
  label: string;
  /** `#rrggbb`. */
  color: string;
  /** How the swatch is drawn. Default `"line"`. */
  mark?: "line" | "dashed" | "dot" | "box";
  /** Shape of the points, of which a dot is a circle by default, and a line has none. */
  marker?: Marker;
  /** Whether the points are white within. Default false. */
  hollow?: boolean;
  /** The dashes of a line, as SVG writes them. Default those of `mark`. */
  dashes?: string;
}

/** Average width of a 11 px character, in px. */
export const CHARACTER = 6.1;

/** Entries in rows from `top` (a baseline, in px) down, with the baseline of the last row. */
export function legendRows(
  entries: readonly LegendEntry[],
  { width, top }: { width: number; top: number },
): { svg: string; bottom: number } {
  let [x, y] = [14, top];
  const parts = entries.map((entry) => {
    const length = 26 + entry.label.length * CHARACTER + 14;
    if (x > 14 && x + length > width - 10) [x, y] = [14, y + 17];
    const part = `${swatch(entry, x, y - 4)}<text x="${x + 25}" y="${y}" font-size="11">${
      escapeXml(entry.label)
    }</text>`;
    x += length;
    return part;
  });
  return { svg: parts.join(""), bottom: y };
}

/** Mark before a label, 20 px wide, around the height y. */
export function swatch(entry: LegendEntry, x: number, y: number): string {
  const { mark = "line", hollow = false } = entry;
  const color = escapeXml(entry.color);
  if (mark === "box") {
    return `<rect x="${x + 4}" y="${y - 5}" width="12" height="10" rx="2" fill="${color}"/>`;
  }
  const marker = entry.marker ?? (mark === "dot" ? "circle" : undefined);
  const point = marker
    ? `<path d="${markerPath(marker, x + 10, y, 4)}" fill="${
      hollow ? "#ffffff" : color
    }" stroke="${color}" ` +
      `stroke-width="1.5"/>`
    : "";
  if (mark === "dot") return point;
  const dashes = entry.dashes ?? (mark === "dashed" ? "5 3" : "none");
  const dashed = dashes === "none" ? "" : ` stroke-dasharray="${escapeXml(dashes)}"`;
  return `<path d="M${x},${y}h20" stroke="${color}" stroke-width="2.5"${dashed} fill="none"/>${point}`;
}

/** Text in lines of at most so many characters, where words allow. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
