import { tokensOf } from "../../compress/calibrate/statistics.ts";
import type { LinearLayer } from "../../compress/linear_layers.ts";
import { GraphBuilder, type Value } from "../../onnx/builder.ts";
import type { Model } from "../../onnx/model.ts";
import { removeDeadCode } from "../../onnx/passes/dead_code.ts";
import type { Runtime, Tensors } from "../../runtime/runtime.ts";
import { int64, numbersOf, type Tensor } from "../../tensor/tensor.ts";
import type { ChannelGroups } from "../channel_groups.ts";
import { idsBefore, idsOf } from "../kept/kept_ids.ts";
import { keptPart } from "../kept/kept_part.ts";
import type { Removal } from "../removal.ts";

/** Sums over all examples of what goes into a layer and of what it lacks, by groups of a convolution. */
export interface Observed {
  /** Σ x xᵀ of inputs, with a one behind them where the layer has a bias: [columns, columns] each. */
  gram: Float64Array[];
  /** Σ (y − ŷ) xᵀ of the same inputs: [rows, columns] each. */
  cross: Float64Array[];
  /** Σ y², of what the original gives. */
  squares: number;
  /** Σ (y − ŷ)², of what is missing. */
  missing: number;
}

/** Where a layer stands. */
export interface PlacedLayer {
  /** The layer. */
  layer: LinearLayer;
  /** Name of what it gives, with its bias. */
  output: string;
  /** Name of the bias that only it adds. */
  bias: string | undefined;
  /** The pruned model with its weights as they are now. */
  now: Model;
  /** Channels of the original. */
  groups: ChannelGroups;
  /** What left. */
  removal: Removal;
}

/** Runs the original and the pruned model up to a layer, whose output both have. */
export async function observe(
  { layer, output, bias, now, groups, removal }: PlacedLayer,
  { engine, batches, signal }: {
    engine: Runtime;
    batches: AsyncIterable<Tensors>;
    signal: AbortSignal | undefined;
  },
): Promise<Observed> {
  const { graph } = groups.model;
  const first = removeDeadCode(groups.model.withGraph({ ...graph, outputs: [output] }));
  const { part, told, target } = sumsGraph({ layer, output, now });
  const ids = idsOf(groups, removal);
  const n = layer.columns + (bias ? 1 : 0);
  const rows = layer.rows / layer.groups;
  const observed: Observed = {
    gram: Array.from({ length: layer.groups }, () => new Float64Array(n * n)),
    cross: Array.from({ length: layer.groups }, () => new Float64Array(rows * n)),
    squares: 0,
    missing: 0,
  };
  await using opened = new AsyncDisposableStack();
  const teacher = await engine.session(first);
  opened.defer(() => teacher.release());
  const student = await engine.session(part);
  opened.defer(() => student.release());
  for await (const inputs of batches) {
    signal?.throwIfAborted();
    const only = (of: Model, all: Tensors) =>
      Object.fromEntries(of.graph.inputs.filter((name) => all[name]).map((name) => [name, all[name]!]));
    const full = (await teacher.run(only(first, idsBefore(inputs, ids))))[output]!;
    const kept = keptPart(full, output, groups, removal);
    const result = await student.run({ ...only(part, inputs), [target]: kept });
    const numbers = (name: keyof typeof told) => numbersOf(result[told[name]]!);
    addTo(observed, layer, bias !== undefined, {
      gram: numbers("gram"),
      cross: numbers("cross"),
      inputs: numbers("inputs"),
      lacks: numbers("lacks"),
      tokens: numbers("tokens")[0]!,
    });
    observed.squares += numbers("squares")[0]!;
    observed.missing += numbers("missing")[0]!;
  }
  return observed;
}

/** The pruned model up to a layer, with the sums of what goes into it and of what it lacks as its outputs. */
function sumsGraph({ layer, output, now }: Pick<PlacedLayer, "layer" | "output" | "now">) {
  const g = new GraphBuilder({ ...now.graph, outputs: [] }, now.info.opsets);
  const given = g.shape(output);
  const { type } = now.graph.initializers.get(layer.weight) as Tensor;
  const node = (op: string, inputs: Value[], attributes = {}): Value => g.node(op, inputs, attributes)[0]!;
  const double = (value: Value) => node("Cast", [value], { to: 11 });
  const target = g.input(g.freeName("target"), type as "float32", given.map((_, i) => `target.${i}`));
  const x = double(tokensOf(g, layer, layer.input, type as "float32"));
  const wanted = double(byGroups(g, layer, target));
  const missing = node("Sub", [wanted, double(byGroups(g, layer, output))]);
  const turn = (value: Value) => node("Transpose", [value], { perm: [0, 2, 1] });
  const sum = (value: Value, ...axes: number[]) =>
    node("ReduceSum", [value, ...axes.length ? [g.constant(int64(axes))] : []], { keepdims: 0 });
  const told = {
    gram: node("MatMul", [turn(x), x]),
    cross: node("MatMul", [turn(missing), x]),
    inputs: sum(x, 1),
    lacks: sum(missing, 1),
    tokens: node("Shape", [x], { start: 1, end: 2 }),
    squares: sum(node("Mul", [wanted, wanted])),
    missing: sum(node("Mul", [missing, missing])),
  };
  for (const name of Object.values(told)) g.output(name);
  return { part: removeDeadCode(now.withGraph(g.graph())), told, target };
}

/** What a layer gives, as rows of its groups: [groups, tokens, rows]. */
function byGroups(g: GraphBuilder, { window, rows, groups }: LinearLayer, value: Value): Value {
  const node = (op: string, inputs: Value[], attributes = {}): Value => g.node(op, inputs, attributes)[0]!;
  const shape = (...sizes: number[]) => g.constant(int64(sizes));
  if (window.length === 0) return node("Reshape", [value, shape(1, -1, rows)]);
  const apart = node("Reshape", [value, shape(0, groups, rows / groups, -1)]);
  return node("Reshape", [
    node("Transpose", [apart], { perm: [1, 0, 3, 2] }),
    shape(groups, -1, rows / groups),
  ]);
}

/** Adds the sums of a batch. */
function addTo(
  { gram, cross }: Observed,
  { columns, rows, groups }: LinearLayer,
  biased: boolean,
  batch: { gram: number[]; cross: number[]; inputs: number[]; lacks: number[]; tokens: number },
): void {
  const n = columns + (biased ? 1 : 0);
  const own = rows / groups;
  for (let group = 0; group < groups; group++) {
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < columns; j++) {
        gram[group]![i * n + j]! += batch.gram[(group * columns + i) * columns + j]!;
      }
    }
    for (let r = 0; r < own; r++) {
      for (let j = 0; j < columns; j++) {
        cross[group]![r * n + j]! += batch.cross[(group * own + r) * columns + j]!;
      }
    }
    if (!biased) continue;
    for (let j = 0; j < columns; j++) {
      const sum = batch.inputs[group * columns + j]!;
      gram[group]![columns * n + j]! += sum;
      gram[group]![j * n + columns]! += sum;
    }
    gram[group]![n * n - 1]! += batch.tokens;
    for (let r = 0; r < own; r++) cross[group]![r * n + columns]! += batch.lacks[group * own + r]!;
  }
}
