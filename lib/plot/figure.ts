import { extent } from "../extent.ts";
import { type OptionNames, withDefaults } from "../options.ts";
import { printable } from "../printable.ts";
import { escapeXml, validXml } from "./escape_xml.ts";
import { parseHTML, Plot, type PlotOptions } from "./deps.ts";
import { directLabels, labelMargin, labelsFit, type LineEnd } from "./direct_labels.ts";
import { CHARACTER, type LegendEntry, legendRows, wrap } from "./legend.ts";
import { INK } from "./palette.ts";
import { type Panel, panelLayout } from "./panels.ts";
import { type NamedPoint, pointLabels } from "./point_labels.ts";

/** Settings of {@linkcode drawPlot} beside those of Observable Plot. */
export interface FigureOptions {
  /** Subject of the figure, as one phrase. */
  title: string;
  /** Where the numbers come from: model, data, engine, seed, preset. Stands below the drawing, small. */
  subtitle?: string | undefined;
  /**
   * Meaning of the marks, and what a reader should see, in a sentence or two: it stands below the drawing,
   * and is the text for those who cannot see it.
   */
  alt: string;
  /** Names of the marks. Default: those of the function that draws; none where lines are labelled. */
  legend?: readonly LegendEntry[] | undefined;
}

/** Names of {@linkcode FigureOptions}. */
export const FIGURE_OPTIONS: OptionNames<FigureOptions> = {
  title: true,
  subtitle: true,
  alt: true,
  legend: true,
};

/**
 * A drawing with the words that go with it. As the last value of a notebook cell it draws itself.
 */
export class Figure {
  /** A complete SVG document. */
  readonly svg: string;
  /** Subject of the figure, as one phrase. */
  readonly title: string;
  /** The drawing in words. */
  readonly alt: string;

  /** The SVG holds title and words, too. */
  constructor(svg: string, title: string, alt: string) {
    this.svg = validXml(svg);
    this.title = title;
    this.alt = alt;
  }

  /**
   * The figure by MIME type; as HTML too, because JupyterLab hides bare SVG in notebooks that somebody else
   * ran. Where the page is too narrow for its text, the drawing scrolls.
   */
  bundle(): { "text/html": string; "image/svg+xml": string; "text/plain": string } {
    const text = `${this.title}\n${this.alt}`;
    const source = `data:image/svg+xml;base64,${base64(new TextEncoder().encode(this.svg))}`;
    return {
      "text/html": `<div style="overflow-x:auto"><img src="${source}" alt="${escapeXml(text)}" ` +
        `style="max-width:100%;min-width:${leastWidth(this.svg)}px"></div>`,
      "image/svg+xml": this.svg,
      "text/plain": text,
    };
  }

  /** MIME bundle that a notebook shows. */
  [Symbol.for("Jupyter.display")](): Record<string, string> {
    return this.bundle();
  }

  /** Text that a terminal shows. */
  [Symbol.for("Deno.customInspect")](): string {
    return printable(`Figure: ${this.title}\n${this.alt}`);
  }
}

/**
 * Document that Observable Plot takes: without the type's own name, which programs elsewhere may not know.
 */
type PlotDocument = NonNullable<Plot.PlotOptions["document"]>;

/** A document for Observable Plot to draw in, since Deno has none. */
function plotDocument(): PlotDocument {
  const window = parseHTML("<!doctype html><html><body></body></html>") as unknown as {
    document: PlotDocument;
  };
  return window.document;
}

/** Bytes as a data address wants them. */
export function base64(bytes: Uint8Array): string {
  return (bytes as Uint8Array & { toBase64(): string }).toBase64();
}

/** Width in px that a notebook has for its figures on a laptop. */
export const LAPTOP = 920;

/** Text is never drawn smaller than this, in px. */
const LEAST_TEXT = 9;

/** The width in px below which the smallest text of a drawing could not be read. */
function leastWidth(svg: string): number {
  const sizes = [...svg.matchAll(/font-size[=:]\s*"?([\d.]+)/g)].map(([, size]) => Number(size));
  const width = Number(svg.match(/ width="([\d.]+)"/)?.[1] ?? 0);
  const [least] = extent(sizes);
  return sizes.length === 0 ? 0 : Math.ceil(width * Math.min(1, LEAST_TEXT / least));
}

const FONT = `font-family="Inter, 'Segoe UI', system-ui, 'DejaVu Sans', sans-serif"`;
/** Average width of a character of 12 px, and of 10 px. */
const [CAPTION, SOURCE] = [CHARACTER * 12 / 11, CHARACTER * 10 / 11];

/**
 * Title and legend above a drawing of the given size, below it what it shows and, small, where it comes from;
 * on white, so that it reads on any page.
 */
export function frame(
  { title, subtitle, alt, legend = [] }: FigureOptions,
  drawing: string,
  width: number,
  height: number,
): Figure {
  const rows = legendRows(legend, { width, top: 44 });
  const top = legend.length > 0 ? rows.bottom + 10 : 34;
  let y = top + height + 6;
  const lines = (text: string, size: number, character: number, attributes: string) =>
    wrap(text, Math.floor((width - 28) / character)).map((line) => {
      y += size + 5;
      return `<text x="14" y="${y}" font-size="${size}" ${attributes}>${escapeXml(line)}</text>`;
    }).join("");
  const caption = lines(alt, 12, CAPTION, `class="caption"`);
  const source = subtitle ? lines(subtitle, 10, SOURCE, `class="source" fill="#5f6b7a"`) : "";
  const total = Math.ceil(y + 12);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" ` +
    `style="max-width:100%;height:auto" role="img" ` +
    `aria-label="${escapeXml(`${title}. ${alt}`)}" ${FONT} fill="${INK}" color="${INK}">` +
    `<rect width="100%" height="100%" fill="#ffffff" rx="6"/>` +
    `<text x="14" y="24" font-size="15" font-weight="600">${escapeXml(title)}</text>${rows.svg}` +
    `<g transform="translate(0,${top})">${drawing}</g>${caption}${source}</svg>`;
  return new Figure(svg, title, alt);
}

/** Arguments of {@linkcode drawPlot}. */
export type DrawPlotOptions = FigureOptions & Omit<PlotOptions, keyof FigureOptions> & {
  /** Ends of lines, labelled where they are; all of them in a legend instead where there is no room. */
  ends?: readonly LineEnd[] | undefined;
  /** Points whose names stand beside them, none on another. */
  named?: readonly NamedPoint[] | undefined;
  /**
   * Panels in the order in which {@linkcode panelPlace} places them, each with a heading; `height` is that of
   * each, without the axes. Neither lines nor points are named in panels.
   */
  panels?: readonly Panel[] | undefined;
};

/** Draws with Observable Plot, and puts words around it. */
export function drawPlot(options: DrawPlotOptions): Figure {
  const { panels = [], ...rest } = options;
  return panels.length > 0 ? drawPanels(panels, rest) : drawOne(rest);
}

/** Margins around the axes, in px. */
const MARGINS = { marginLeft: 58, marginRight: 24, marginTop: 24, marginBottom: 42 } as const;

function drawOne(options: Omit<DrawPlotOptions, "panels">): Figure {
  const { title, subtitle, alt, legend: given, ends = [], named = [], width = 720, height = 360, ...plot } =
    options;
  const { marginTop, marginBottom, ...sides } = withDefaults(MARGINS, plot);
  const beside = given === undefined && labelsFit(ends, height - marginTop - marginBottom);
  const labels = beside && ends.length > 0 ? labelMargin(ends) : 0;
  const legend = given ?? (beside ? [] : ends);
  const marginRight = sides.marginRight + labels;
  // A third of the labels' width is taken from the drawing.
  const whole = width + Math.round(labels * 2 / 3);
  const element = plotElement({
    ...plot,
    ...sides,
    marginTop,
    marginBottom,
    marginRight,
    width: whole,
    height,
  });
  const [x, y] = [scaleOf(element, "x"), scaleOf(element, "y")];
  const box = { right: whole - marginRight, top: marginTop - 10, bottom: height - marginBottom + 6 };
  const written = labels > 0 ? directLabels(ends, (end) => ({ x: x(end.x), y: y(end.y) }), box) : "";
  const names = pointLabels(named.map((point) => ({ ...point, x: x(point.x), y: y(point.y) })), {
    ...box,
    left: sides.marginLeft,
  });
  const drawing = trimDigits(element.outerHTML) + written + names;
  return frame({ title, alt, subtitle, legend }, drawing, whole, height);
}

/** Space over the headings of panels for the label of a vertical axis, in px. */
const AXIS_LABEL = 16;

function drawPanels(panels: readonly Panel[], options: Omit<DrawPlotOptions, "panels">): Figure {
  const { ends: _, named: __, ...rest } = options;
  const { title, subtitle, alt, legend, width = LAPTOP - 60, height = 160, ...plot } = rest;
  const { marginTop: ___, ...margins } = withDefaults(MARGINS, plot);
  const grid = panelLayout(panels, {
    left: margins.marginLeft,
    above: plot.y?.label === null ? 0 : AXIS_LABEL,
    width: width - margins.marginLeft - margins.marginRight,
    height,
  });
  const { fx, fy, top } = grid;
  const whole = top + grid.height + margins.marginBottom;
  const element = plotElement({ ...plot, ...margins, fx, fy, marginTop: top, width, height: whole });
  const drawing = trimDigits(element.outerHTML) + grid.headings;
  return frame({ title, alt, subtitle, legend }, drawing, width, whole);
}

/** The drawing by Observable Plot, without words. */
function plotElement(options: PlotOptions): ReturnType<typeof Plot.plot> {
  return Plot.plot({
    ...options,
    // In the middle, where labels of lines beside the drawing do not move it away from its axis.
    x: { labelAnchor: "center", labelArrow: "none", ...options.x },
    document: plotDocument(),
    style: {
      fontSize: "11px",
      background: "none",
      ...(typeof options.style === "object" ? options.style : {}),
    },
  });
}

/** Where a drawing puts the values of a scale, in px. */
function scaleOf(element: ReturnType<typeof Plot.plot>, name: "x" | "y"): (value: number) => number {
  const scale = element.scale(name);
  return (value) => Number(scale!.apply(value));
}

/**
 * Hundredths of a pixel are enough: smaller files, and the same figure on every machine. Words stay as they
 * are.
 */
function trimDigits(svg: string): string {
  const trim = (digits: string) => String(Number(Number(digits).toFixed(2)));
  return svg.replace(/<[^>]+>/g, (tag) => tag.replace(/\d+\.\d{3,}/g, trim));
}
