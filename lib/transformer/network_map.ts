/**
 * A map of a transformer: what goes, and what stays. Kept apart from `./transformer`, so that nobody loads a
 * plotting library who draws nothing.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { vit } from "../nn/mod.ts";
 * import { emptyConfiguration, transformerOf } from "./mod.ts";
 * import { networkMap } from "./network_map.ts";
 *
 * const model = vit({ image: 8, patch: 4, layers: 2, heads: 4, hidden: 16, classes: 3 });
 * const transformer = transformerOf(model);
 * assert.match(networkMap(transformer, emptyConfiguration(transformer)).svg, /<svg/);
 * ```
 *
 * @module
 */
import { type OptionNames, requireOptions } from "../options.ts";
import { Plot } from "../plot/deps.ts";
import { drawPlot, type Figure, FIGURE_OPTIONS, type FigureOptions } from "../plot/figure.ts";
import { INK, MUTED, PALETTE } from "../plot/palette.ts";
import { layersOf, requireConfiguration, stateOf } from "./configuration.ts";
import { type Configuration, type ElementId, hardId, partId } from "./elements.ts";
import type { Block, Transformer } from "./transformer.ts";

/** Settings of {@linkcode networkMap}. */
export interface NetworkMapOptions extends Partial<FigureOptions> {
  /** Elements with a frame: where harm was planted, say. */
  marked?: readonly ElementId[] | undefined;
}

/** Names of {@linkcode NetworkMapOptions}. */
const NETWORK_MAP_OPTIONS: OptionNames<NetworkMapOptions> = {
  ...FIGURE_OPTIONS,
  marked: true,
};

/** A cell of the map. */
interface Place {
  column: string;
  row: string;
  fate: "stays" | "goes" | "goes with its block";
  marked: boolean;
}

const COLORS: Readonly<Record<Place["fate"], string>> = {
  "stays": PALETTE[0]!,
  "goes": PALETTE[6]!,
  "goes with its block": MUTED,
};

/**
 * The transformer as a map, the last layer on top: a cell for each head and each group of neurons, coloured
 * by what becomes of it; where attention is hard, its layer says how many weights each query keeps.
 *
 * @throws TypeError where the transformer or the configuration is none, such as the whole result of a search;
 * RangeError where the configuration names an element that the transformer does not have
 */
export function networkMap(
  transformer: Transformer,
  configuration: Configuration,
  options: NetworkMapOptions = {},
): Figure {
  requireOptions("networkMap", options, NETWORK_MAP_OPTIONS);
  const { marked = [], title = "What goes, and what stays", subtitle, alt, legend } = options;
  requireConfiguration("draw", transformer, configuration);
  requireConfiguration("mark", transformer, { ...configuration, removed: marked });
  const { blocks } = transformer;
  const places = blocks.flatMap((block) => placesOf(block, configuration, new Set<string>(marked)));
  const hard = blocks.flatMap((block) => {
    const { k } = stateOf(block, configuration);
    return k === undefined ? [] : [{ column: "hard", row: rowOf(block), text: `K ${k}` }];
  });
  const most = (kind: Block["kind"]) =>
    Math.max(0, ...blocks.filter((block) => block.kind === kind).map(({ parts }) => parts));
  const columns = [
    ...Array.from({ length: most("attention") }, (_, part) => `h${part}`),
    "hard",
    ...Array.from({ length: most("feed-forward") }, (_, part) => `n${part}`),
  ];
  const rows = Array.from({ length: layersOf(transformer) }, (_, layer) => `layer ${layer}`).reverse();
  const gone = places.filter(({ fate }) => fate === "goes").length;
  const whole = new Set(
    places.filter(({ fate }) => fate === "goes with its block").map(({ row, column }) => row + column[0]),
  );
  return drawPlot({
    title,
    subtitle,
    alt: alt ??
      `Left: heads; right: groups of neurons. ${gone} ${
          gone === 1 ? "part goes by itself" : "parts go by themselves"
        }, ` +
        `${whole.size} whole ${whole.size === 1 ? "block goes" : "blocks go"}, ` +
        `attention is hard in ${hard.length} ${hard.length === 1 ? "layer" : "layers"}`,
    legend: legend ?? [
      ...Object.entries(COLORS).map(([label, color]) => ({ label, color, mark: "box" as const })),
    ],
    height: 66 + rows.length * 26,
    marginLeft: 60,
    x: {
      type: "band",
      domain: columns,
      label: "heads, hard attention, groups of neurons",
      tickSize: 0,
      padding: 0.08,
    },
    y: { type: "band", domain: rows, label: null, tickSize: 0, padding: 0.12 },
    marks: [
      ...cellsOf(places),
      Plot.text(hard, { x: "column", y: "row", text: "text", fill: INK, fontSize: 10 }),
    ],
  });
}

/** A cell for each part, a cross where it goes, a frame where it is marked. */
function cellsOf(places: readonly Place[]): Plot.Markish[] {
  const at = { x: "column", y: "row" };
  return [
    Plot.cell(places, { ...at, fill: ({ fate }: Place) => COLORS[fate], rx: 2 }),
    Plot.text(places.filter(({ fate }) => fate !== "stays"), {
      ...at,
      text: () => "×",
      fill: "white",
      fontSize: 13,
    }),
    Plot.cell(places.filter(({ marked }) => marked), {
      ...at,
      fill: "none",
      stroke: INK,
      strokeWidth: 2.5,
      inset: -1,
    }),
  ];
}

const rowOf = ({ layer }: Block) => `layer ${layer}`;

function placesOf(block: Block, configuration: Configuration, marked: ReadonlySet<string>): Place[] {
  const { id, kind, layer, parts } = block;
  const { absent, kept } = stateOf(block, configuration);
  const own = marked.has(id) || (kind === "attention" && marked.has(hardId(layer)));
  return Array.from({ length: parts }, (_, part) => ({
    column: `${kind === "attention" ? "h" : "n"}${part}`,
    row: rowOf(block),
    fate: absent ? "goes with its block" : kept.includes(part) ? "stays" : "goes",
    marked: own || marked.has(partId(kind, layer, part)),
  }));
}
