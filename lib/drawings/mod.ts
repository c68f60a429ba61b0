/**
 * Drawings of what pruning knows: channel groups in a network, networks as graphs of channels, and teams of
 * agents.
 *
 * @module
 */
export { drawChannelGroups } from "./channel_groups.ts";
export { metaGraphFigure, type MetaGraphFigureOptions } from "./meta_graph.ts";
export { staircase } from "./staircase.ts";
export { drawTeams, type DrawTeamsOptions, type TeamPanel } from "./teams.ts";
