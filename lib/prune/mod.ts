/**
 * Pruning: which channels belong together, which matter, what goes and what it costs, and the cut.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { resnetCifar } from "../nn/mod.ts";
 * import { checkPruned, planPruning, prune } from "./mod.ts";
 *
 * const model = resnetCifar({ depth: 20 });
 * const plan = planPruning(model, { target: { macs: 0.5 } });
 * const smaller = prune(model, plan);
 * assert.ok(plan.after.macs <= 0.5 * plan.before.macs);
 * assert.ok(await checkPruned(model, smaller, plan) < 1e-4); // equal to the original, masked
 * ```
 *
 * @module
 */
export {
  type Boundary,
  type ChannelGroup,
  ChannelGroups,
  channelGroups,
  type Slot,
} from "./channel_groups.ts";
export { type Role } from "./rows/row.ts";
export { type ChannelBlocks, PORTABLE_BLOCKS } from "./latency/channel_blocks.ts";
export { cutsOf } from "./cuts.ts";
export { type CheckOptions, checkPruned } from "./check_pruned.ts";
export { type Costs } from "./plan/cost.ts";
export { decomposeLayerNorms } from "./decompose_layer_norms.ts";
export { engineBlocks, type EngineBlocksOptions } from "./latency/engine_blocks.ts";
export { type Criterion } from "./criteria/criterion.ts";
export { type CriterionName } from "./criteria/table.ts";
export { taylor } from "./criteria/taylor.ts";
export { type InputNorms, wanda } from "./criteria/wanda.ts";
export { type Latency, type LatencyOptions, measureLatency, measureSideBySide } from "./latency/latency.ts";
export { type LayerLatency } from "./latency/layer_latency.ts";
export { keptIds } from "./kept/kept_ids.ts";
export { type PrunableKind } from "./kinds.ts";
export { mask } from "./mask.ts";
export { recover, type Recovered, type RecoveredLayer, type RecoverOptions } from "./recovery/recover.ts";
export { permuteChannels } from "./permute_channels.ts";
export { type MeasuredPlanOptions, type PlanOptions, planPruning } from "./plan.ts";
export {
  type CostTarget,
  type PlannedGroup,
  type PlannedLatency,
  type ProtectedGroup,
  PruningPlan,
  type Target,
} from "./pruning_plan.ts";
export { type CostPlanOptions } from "./plan/options.ts";
export { prune } from "./prune.ts";
export { type OperatorRows, registerOperator } from "./rows/register_operator.ts";
export {
  type Axes,
  type Axis,
  type Channels,
  type Closed,
  type InputAxis,
  isOpen,
  stop,
  withZero,
} from "./channels/axis.ts";
export type { ChannelIds } from "./channels/channel_union_find.ts";
export type { Grouped, GroupWay } from "./channels/group_ways.ts";
export type { ChannelCall, ChannelRow, Flow } from "./rows/row.ts";
export { report, type ReportOptions } from "./report.ts";
export { CostReport, type ModelCosts } from "./cost_report.ts";
export {
  measureStaircase,
  type StaircaseLayer,
  type StaircaseOptions,
  type StaircaseRow,
} from "./latency/staircase.ts";
export { sensitivity, type SensitivityOptions, type SensitivityRow } from "./sensitivity.ts";
