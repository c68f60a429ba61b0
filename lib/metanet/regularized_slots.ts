import { factsOf } from "../onnx/operators/table.ts";
import { intAttribute } from "../onnx/attribute.ts";
import type { ChannelGroup, ChannelGroups, Slot } from "../prune/channel_groups.ts";

/**
 * Where the norm of a coupled channel is taken, and where the regulariser acts: the filters that make it, its
 * scales in norms, and what reads it. Biases are not members, nor are depthwise kernels, as in DepGraph.
 */
export function regularizedSlots({ slots }: ChannelGroup, groups: ChannelGroups): Slot[] {
  const { initializers } = groups.model.graph;
  const depthwise = depthwiseWeights(groups);
  return slots.filter(({ tensor, role }) => {
    const rank = initializers.get(tensor)!.dims.length;
    if (role === "scale") return rank === 1;
    return (role === "out" || role === "in") && rank >= 2 && !depthwise.has(tensor);
  });
}

const known = new WeakMap<ChannelGroups, Set<string>>();

/** Kernels of which each sees one channel only. */
function depthwiseWeights(groups: ChannelGroups): Set<string> {
  const cached = known.get(groups);
  if (cached) return cached;
  const { graph } = groups.model;
  const names = graph.nodes.filter((node) => factsOf(node).convolves && intAttribute(node, "group", 1) > 1)
    .map(({ inputs }) => inputs[1]!)
    .filter((name) => graph.initializers.get(name)?.dims[1] === 1);
  const found = new Set(names);
  known.set(groups, found);
  return found;
}
