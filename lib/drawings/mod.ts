/**
 * Drawings of what pruning knows: channel groups in a network, networks as graphs of channels, and teams of
 * agents.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mod.ts";
 * import { channelGroups } from "../prune/mod.ts";
 * import { drawChannelGroups } from "./mod.ts";
 *
 * const figure = drawChannelGroups(channelGroups(mlp({ sizes: [4, 8, 2] })));
 * assert.match(figure.svg, /<svg/);
 * ```
 *
 * @module
 */
export { drawChannelGroups } from "./channel_groups.ts";
export { metaGraphFigure, type MetaGraphFigureOptions } from "./meta_graph.ts";
export { staircase } from "./staircase.ts";
export { drawTeams, type DrawTeamsOptions, type TeamPanel } from "./teams.ts";
