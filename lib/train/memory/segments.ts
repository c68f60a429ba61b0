import { bytesOf } from "../../onnx/memory/peak_memory.ts";
import type { Value } from "../../onnx/builder.ts";
import type { Graph, Node } from "../../onnx/model.ts";
import { factsOf } from "../../onnx/operators/table.ts";
import { isStatic, shapeSize } from "../../onnx/dim.ts";
import { reads } from "../../onnx/topology.ts";

/** What of the forward pass is computed again on the way back. */
export interface Recomputed {
  /** Segments that the forward pass is cut into. */
  segments: number;
  /** Segments that are computed again, from the first on; the last one never is. */
  first: number;
  /** Whether what products and convolutions give is kept, so that only what is cheap is computed again. */
  cheap: boolean;
}

/** A forward pass, ready to be cut into segments. */
export interface Segments {
  /** Segments that can be computed again where it is cut into so many. */
  count(segments: number): number;
  /** The values that are computed again. */
  values(recomputed: Recomputed): Set<Value>;
  /** About the arithmetic that computing so much again takes, as a part of that of the forward pass. */
  cost(recomputed: Recomputed): number;
}

/** Multiply-accumulates that take about as long as one number of an operator on single elements. */
const PER_NUMBER = 16;

/**
 * Cuts a forward pass into segments for gradient checkpointing: what lies in memory between the two passes is
 * cut into parts of about the same size, each where the fewest bytes go from one side to the other. What goes
 * over a cut is kept, and from that what lies in front of the next one can be computed again.
 *
 * Source: Chen, Xu, Zhang, Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016, arXiv 1604.06174.
 *
 * @param nodes those of the forward pass, the loss's too, in order
 * @param step the whole step where nothing is computed again, with all shapes
 */
export function segmentsOf(nodes: readonly Node[], step: Graph): Segments {
  // Outputs that nobody reads are not in the step any more.
  const there = new Set(step.nodes.flatMap(({ outputs }) => outputs));
  const bytes = (value: Value) => value !== "" && there.has(value) ? bytesOf(step, value) : 0;
  const lastRead = new Map<Value, number>();
  nodes.forEach((node, i) => reads(node).forEach((value) => lastRead.set(value, i)));
  const waiting = bytesThatWait(nodes, step, bytes);
  const crossing = bytesThatCross(nodes, lastRead, bytes);
  const costs = nodes.map((node) => costOf(node, step));
  const cutsFor = (segments: number) => cutsOf({ waiting, crossing }, segments);
  const values = ({ segments, first, cheap }: Recomputed) => {
    const cuts = cutsFor(segments).slice(0, first);
    const again = nodes.slice(0, (cuts.at(-1) ?? -1) + 1).map(({ outputs, ...node }, i) =>
      cheap && factsOf(node).macs ? [] : outputs.filter((value) => {
        const last = lastRead.get(value) ?? i;
        return value !== "" && !cuts.some((cut) => i <= cut && last > cut);
      })
    );
    return new Set(again.flat());
  };
  return {
    values,
    count: (segments) => cutsFor(segments).length,
    cost: (recomputed) => {
      const again = values(recomputed);
      return sum(costs.filter((_, i) => nodes[i]!.outputs.some((value) => again.has(value)))) / sum(costs);
    },
  };
}

/** Bytes of each node's outputs that lie in memory until the way back reads them. */
function bytesThatWait(nodes: readonly Node[], step: Graph, bytes: (value: Value) => number): number[] {
  const forward = new Set(nodes.flatMap(({ outputs }) => outputs));
  const back = step.nodes.filter(({ outputs }) => !outputs.some((output) => forward.has(output)));
  const read = new Set(back.flatMap((node) => [...reads(node)]));
  return nodes.map(({ outputs }) => sum(outputs.filter((value) => read.has(value)).map(bytes)));
}

/** Bytes that go from each node and those before it to those behind. */
function bytesThatCross(
  nodes: readonly Node[],
  lastRead: ReadonlyMap<Value, number>,
  bytes: (value: Value) => number,
): number[] {
  const changes = nodes.map(() => 0);
  nodes.forEach(({ outputs }, i) => {
    for (const value of outputs) {
      changes[i]! += bytes(value);
      changes[lastRead.get(value) ?? i]! -= bytes(value);
    }
  });
  let now = 0;
  return changes.map((change) => now += change);
}

/** The places of cuts, each behind a node, that make about so many segments. */
function cutsOf(
  { waiting, crossing }: { waiting: readonly number[]; crossing: readonly number[] },
  segments: number,
): number[] {
  const part = sum(waiting) / segments;
  const cuts: number[] = [];
  let [best, since] = [-1, 0];
  waiting.forEach((bytes, i) => {
    since += bytes;
    if (since < part / 2) return;
    if (best < 0 || crossing[i]! <= crossing[best]!) best = i;
    if (since < part) return;
    cuts.push(best);
    since = sum(waiting.slice(best + 1, i + 1));
    best = -1;
  });
  return cuts.filter((cut) => cut < waiting.length - 1);
}

function costOf(node: Node, { values }: Graph): number {
  const shape = (value: Value) => values.get(value)?.shape;
  const output = shape(node.outputs[0]!);
  const macs = factsOf(node).macs?.count({ inputs: node.inputs.map(shape), output }, node);
  const numbers = isStatic(output) ? Number(shapeSize(output)) : 0;
  return (typeof macs === "number" ? macs : 0) + PER_NUMBER * numbers;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
