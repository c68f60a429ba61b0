import { escapeXml } from "./escape_xml.ts";
import { parseHTML, Plot } from "./deps.ts";
import { INK } from "./palette.ts";

/** One entry of a figure's legend. */
export interface LegendEntry {
  label: string;
  color: string;
  /** How the swatch is drawn. Default `"line"`. */
  mark?: "line" | "dashed" | "dot" | "box";
}

/** What {@linkcode drawPlot} adds to the options of Observable Plot. */
export interface FigureOptions {
  /** What the figure shows, as one phrase. */
  title: string;
  /** Where the numbers come from: model, data, engine, seed, preset. */
  subtitle?: string;
  /** What a reader should see in it, in a sentence or two: the text for those who cannot see the picture. */
  alt: string;
  legend?: readonly LegendEntry[];
}

/**
 * A picture with the words that go with it. As the last value of a notebook cell it draws itself.
 */
export class Figure {
  /** A complete SVG document. */
  readonly svg: string;
  readonly title: string;
  /** The picture in words. */
  readonly alt: string;

  constructor(svg: string, title: string, alt: string) {
    this.svg = svg;
    this.title = title;
    this.alt = alt;
  }

  /** The figure by MIME type; as HTML too, because JupyterLab hides bare SVG in notebooks that somebody else ran. */
  bundle(): { "text/html": string; "image/svg+xml": string; "text/plain": string } {
    const text = `${this.title}\n${this.alt}`;
    const source = `data:image/svg+xml;base64,${base64(new TextEncoder().encode(this.svg))}`;
    return {
      "text/html": `<img src="${source}" alt="${escapeXml(text)}" style="max-width:100%">`,
      "image/svg+xml": this.svg,
      "text/plain": text,
    };
  }

  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return this.bundle();
  }

  [Symbol.for("Deno.customInspect")](): string {
    return `Figure: ${this.title}\n${this.alt}`;
  }
}

/** What Observable Plot takes for a document: without the type's own name, which programs elsewhere may not know. */
type PlotDocument = NonNullable<Plot.PlotOptions["document"]>;

/** A document for Observable Plot to draw in, since Deno has none. */
export function plotDocument(): PlotDocument {
  const window = parseHTML("<!doctype html><html><body></body></html>") as unknown as {
    document: PlotDocument;
  };
  return window.document;
}

/** Bytes as a data address wants them. */
export function base64(bytes: Uint8Array): string {
  return (bytes as Uint8Array & { toBase64(): string }).toBase64();
}

const FONT = `font-family="Inter, 'Segoe UI', system-ui, 'DejaVu Sans', sans-serif"`;
const CHARACTER = 6.1; // average width of a 11 px character, in px

/** Title, subtitle and legend above a picture of the given size, on white so that it reads on any page. */
export function frame(
  { title, subtitle, alt, legend = [] }: FigureOptions,
  picture: string,
  width: number,
  height: number,
): Figure {
  const parts: string[] = [];
  let y = 24;
  parts.push(`<text x="14" y="${y}" font-size="15" font-weight="600">${escapeXml(title)}</text>`);
  for (const line of subtitle ? wrap(subtitle, Math.floor((width - 28) / CHARACTER)) : []) {
    y += 17;
    parts.push(`<text x="14" y="${y}" font-size="11" fill="#5f6b7a">${escapeXml(line)}</text>`);
  }
  if (legend.length) y += 20;
  let x = 14;
  for (const { label, color, mark = "line" } of legend) {
    const length = 26 + label.length * CHARACTER + 14;
    if (x > 14 && x + length > width - 10) [x, y] = [14, y + 17];
    parts.push(
      swatch(mark, color, x, y - 4),
      `<text x="${x + 25}" y="${y}" font-size="11">${escapeXml(label)}</text>`,
    );
    x += length;
  }
  const top = y + 10;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `viewBox="0 0 ${width} ${height + top}" width="${width}" height="${height + top}" ` +
    `style="max-width:100%;height:auto" role="img" ` +
    `aria-label="${escapeXml(`${title}. ${alt}`)}" ${FONT} fill="${INK}" color="${INK}">` +
    `<rect width="100%" height="100%" fill="#ffffff" rx="6"/>${parts.join("")}` +
    `<g transform="translate(0,${top})">${picture}</g></svg>`;
  return new Figure(svg, title, alt);
}

function swatch(mark: NonNullable<LegendEntry["mark"]>, color: string, x: number, y: number): string {
  if (mark === "dot") return `<circle cx="${x + 10}" cy="${y}" r="4" fill="${color}"/>`;
  if (mark === "box") {
    return `<rect x="${x + 4}" y="${y - 5}" width="12" height="10" rx="2" fill="${color}"/>`;
  }
  const dash = mark === "dashed" ? ` stroke-dasharray="5 3"` : "";
  return `<path d="M${x},${y}h20" stroke="${color}" stroke-width="2.5"${dash} fill="none"/>`;
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

/** Draws with Observable Plot, and puts title, source line and legend around it. */
export function drawPlot(options: FigureOptions & Plot.PlotOptions): Figure {
  const { title, subtitle, alt, legend, width = 720, height = 360, ...plot } = options;
  const element = Plot.plot({
    marginLeft: 58,
    marginBottom: 42,
    marginRight: 24,
    ...plot,
    width,
    height,
    document: plotDocument(),
    style: { fontSize: "11px", background: "none", ...(typeof plot.style === "object" ? plot.style : {}) },
  });
  const picture = trimDigits(element.outerHTML);
  const words = { title, alt, ...(subtitle !== undefined && { subtitle }), ...(legend && { legend }) };
  return frame(words, picture, width, height);
}

/** Hundredths of a pixel are enough: smaller files, and the same picture on every machine. Words stay as they are. */
function trimDigits(svg: string): string {
  const trim = (digits: string) => String(Number(Number(digits).toFixed(2)));
  return svg.replace(/<[^>]+>/g, (tag) => tag.replace(/\d+\.\d{3,}/g, trim));
}
