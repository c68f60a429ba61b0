import { intAttribute } from "../../onnx/attribute.ts";
import { declarations, withDeclarations } from "../../onnx/declarations.ts";
import type { Model, ModelInfo } from "../../onnx/model.ts";
import type { ChannelIds } from "./channel_union_find.ts";

/**
 * How channels leave a convolution in groups: a group as a whole, with its inputs and outputs, or the same
 * place in every group.
 */
export type GroupWay = "groups" | "places";

/** A convolution in groups that channels were followed through. */
export interface Grouped {
  /** Name of what it gives. */
  output: string;
  /** How channels leave. */
  way: GroupWay;
  /** The channels on both sides. */
  labels: readonly ChannelIds[];
}

/** Where a model's file says how channels left before. */
const KEY = "espalier.groups";

/** The way with more separate choices. */
export function wayBySize(groups: number, perGroup: readonly number[]): GroupWay {
  return groups >= Math.min(...perGroup) ? "groups" : "places";
}

/** The ways that a model declares, by what its convolutions give. */
export function declaredWays(info: Pick<ModelInfo, "metadata">): Map<string, GroupWay> {
  return declarations(info, KEY, (way) => way === "groups" || way === "places");
}

/**
 * The pruned model that declares how channels left, where by its sizes it would be the other way from now on:
 * then less could leave in rounds than at once.
 *
 * @param inferred the pruned model, with inferred types and shapes
 */
export function keepWays(smaller: Model, inferred: Model, grouped: readonly Grouped[]): Model {
  const ways = new Map<string, GroupWay>();
  const was = new Map(grouped.map(({ output, way }) => [output, way]));
  for (const node of inferred.graph.nodes) {
    const way = was.get(node.outputs[0] ?? "");
    if (way === undefined) continue;
    const groups = intAttribute(node, "group", 1);
    const [first, second] = inferred.graph.values.get(node.inputs[1]!)?.shape ?? [];
    const perGroup = [Number(first) / groups, Number(second)];
    if (groups > 1 && wayBySize(groups, perGroup) !== way) ways.set(node.outputs[0]!, way);
  }
  return withDeclarations(smaller, KEY, ways);
}
