import { type OptionNames, requireOptions } from "../options.ts";
import type { Model, Node } from "../onnx/model.ts";
import { type Figure, FIGURE_OPTIONS, type FigureOptions } from "./figure.ts";
import { type Box, layeredGraph } from "./layered_graph.ts";
import { networkBoxes } from "./network_boxes.ts";

/** Settings of {@linkcode drawNetwork}. */
export interface NetworkOptions extends Partial<FigureOptions> {
  /** Colour of a node's box (`#rrggbb`), by the channels it produces, say. */
  color?: ((node: Node) => string | undefined) | undefined;
  /** A letter or two before the words of a node's box, where its colour must not say it alone. */
  tag?: ((node: Node) => string | undefined) | undefined;
  /** Height in px from which on the drawing goes on in another column, where there is room. Default 760. */
  columnHeight?: number | undefined;
}

/** Names of {@linkcode NetworkOptions}. */
export const NETWORK_OPTIONS: OptionNames<NetworkOptions> = {
  ...FIGURE_OPTIONS,
  color: true,
  tag: true,
  columnHeight: true,
};

/**
 * The network as layers from top to bottom: one box per weighted operator together with the normalisation and
 * activation behind it; arithmetic on shapes and stored tensors is left out.
 */
export function drawNetwork(model: Model, options: NetworkOptions = {}): Figure {
  requireOptions("drawNetwork", options, NETWORK_OPTIONS);
  const { color, tag, columnHeight, title, subtitle, alt, legend } = options;
  const { graph } = model;
  const { boxes, arrows } = networkBoxes(model);
  const colored = boxes.map(({ id, label, nodes }): Box => {
    const fill = nodes.map((node) => color?.(node)).findLast((fill) => fill !== undefined);
    const letter = nodes.map((node) => tag?.(node)).find((letter) => letter !== undefined);
    return { id, label: letter === undefined ? label : `${letter}  ${label}`, color: fill };
  });
  const ends = `from ${graph.inputs.join(", ")} to ${graph.outputs.join(", ")}`;
  return layeredGraph(colored, arrows, {
    title: title ?? (graph.name || "Network"),
    alt: alt ?? `${boxes.length} boxes ${ends}: an operator with weights, and what is done to its result`,
    subtitle,
    legend,
    columnHeight,
  });
}
