import { extent } from "../extent.ts";
import { escapeXml } from "./escape_xml.ts";
import { CHARACTER, type LegendEntry, swatch, wrap } from "./legend.ts";

/** A panel of a figure: the words over it, behind a swatch where it has a color. */
export interface Panel extends Omit<LegendEntry, "color"> {
  /** `#rrggbb` of the series that the panel is about, where it is about one. */
  color?: string;
}

/** Panels side by side at most, so that each stays wide enough for its axis. */
const COLUMNS = 3;
/** Space between panels beside each other, in px. */
const GAP = 28;
/** Height of a line of a heading, and what lies between it and the drawings around it, in px. */
const [LINE, AROUND] = [13, 20];
/** Width of a swatch with the space behind it, in px. */
const SWATCH = 26;

/** Column and row of a panel: rows are filled one after the other, all but the last alike. */
export function panelPlace(index: number, count: number): { fx: number; fy: number } {
  const { columns } = gridOf(count);
  return { fx: index % columns, fy: Math.floor(index / columns) };
}

function gridOf(count: number): { columns: number; rows: number } {
  const rows = Math.ceil(count / COLUMNS);
  return { rows, columns: Math.ceil(count / rows) };
}

/** Scale of columns or rows of panels, as Observable Plot takes it. */
interface BandScale {
  domain: number[];
  axis: null;
  round: false;
  paddingInner: number;
  paddingOuter: 0;
}

/** Where panels are, and how much they take in all. */
export interface PanelLayout {
  /** Columns. */
  fx: BandScale;
  /** Rows. */
  fy: BandScale;
  /** Space over the first row, for its headings and what is kept free over them, in px. */
  top: number;
  /** Height of all rows together without what is over the first, in px. */
  height: number;
  /** The headings as SVG. */
  headings: string;
}

/**
 * A grid of panels that share their axes.
 *
 * @param left where the first begins, in px
 * @param above what is kept free over all headings, in px
 * @param width that all of them have together, in px
 * @param height of each, in px
 */
export function panelLayout(
  panels: readonly Panel[],
  { left, above, width, height }: { left: number; above: number; width: number; height: number },
): PanelLayout {
  const { columns, rows } = gridOf(panels.length);
  const each = (width - (columns - 1) * GAP) / columns;
  const texts = panels.map(({ label, color }) =>
    wrap(label, Math.floor((each + GAP / 2 - (color ? SWATCH : 0)) / (1.06 * CHARACTER)))
  );
  const [, lines] = extent(texts.map(({ length }) => length));
  const top = AROUND + LINE * lines;
  return {
    fx: bandScale(columns, GAP / (each + GAP)),
    fy: bandScale(rows, top / (height + top)),
    top: above + top,
    height: rows * height + (rows - 1) * top,
    headings: panels.map(({ color, ...panel }, i) => {
      const { fx, fy } = panelPlace(i, panels.length);
      const x = Math.round(left + fx * (each + GAP));
      const y = above + top + fy * (height + top) - 9;
      const from = x + (color ? SWATCH : 0);
      const text = texts[i]!.map((line, k) =>
        `<text class="panel" x="${from}" y="${y - LINE * (texts[i]!.length - 1 - k)}" font-size="11" ` +
        `font-weight="600">${escapeXml(line)}</text>`
      );
      return (color ? swatch({ ...panel, color }, x, y - 4) : "") + text.join("");
    }).join(""),
  };
}

function bandScale(count: number, paddingInner: number): BandScale {
  const domain = Array.from({ length: count }, (_, i) => i);
  // A single band would be made smaller by it.
  return { domain, axis: null, round: false, paddingInner: count > 1 ? paddingInner : 0, paddingOuter: 0 };
}
