/**
 * Drawings of what pruning knows: channel groups in a network, and networks as graphs of channels.
 *
 * @module
 */
export { drawChannelGroups } from "./channel_groups.ts";
export { metaGraphFigure, type MetaGraphFigureOptions } from "./meta_graph.ts";
