import { GraphBuilder } from "../../onnx/builder.ts";
import { intAttribute, intsAttribute } from "../../onnx/attribute.ts";
import type { Graph, Model, Node } from "../../onnx/model.ts";
import { factsOf, operatorOf } from "../../onnx/operators/table.ts";
import { consumers } from "../../onnx/topology.ts";
import { int64, numbersOf } from "../../tensor/tensor.ts";
import type { TrainingData } from "../../train/batches.ts";
import type { EvaluateOptions } from "../../train/evaluate.ts";
import { withRuntime } from "../../train/with_runtime.ts";
import { channelGroups } from "../channel_groups.ts";
import type { Criterion } from "../criteria/criterion.ts";
import { type InputNorms, wanda } from "../criteria/wanda.ts";
import { inputBatches } from "./input_batches.ts";
import { stopSignal } from "../../stop.ts";

/** A stored weight where a layer reads it. */
interface Reader {
  /** Name of the weight. */
  tensor: string;
  /** Axis of the stored weight that the layer sums over, where it has one alone. */
  axis: number | undefined;
  /** Value that the layer multiplies with it, and which of its axes lies along that one. */
  input: string;
  inputAxis: number | undefined;
  groups: number;
}

/**
 * The criterion "wanda" for a model and data: runs the data through the model once, adds up the squares of
 * what layers read, and gives their roots to {@linkcode wanda}. `planPruning` does this where it is given
 * data.
 */
export async function wandaImportance(
  model: Model,
  data: TrainingData,
  { batchSize, runtime, signal: own }: Pick<EvaluateOptions, "batchSize" | "runtime" | "signal"> = {},
): Promise<Criterion> {
  const signal = stopSignal(own);
  const { model: base } = channelGroups(model);
  const shape = (name: string) => base.graph.values.get(name)?.shape;
  const readers = readersIn(base.graph, (name) => shape(name)?.length);
  const g = new GraphBuilder(base.graph, base.info.opsets);
  const outputs = new Map<string, string>();
  for (const { input, inputAxis } of readers) {
    if (outputs.has(`${inputAxis}:${input}`)) continue;
    const rank = shape(input)?.length;
    const others = Array.from({ length: rank ?? 0 }, (_, i) => i).filter((i) => i !== inputAxis);
    const squares = g.mul(g.cast(input, "float32"), g.cast(input, "float32"));
    const axes = { axes: { type: "ints", value: others } } as const;
    const [sum] = rank === undefined
      ? g.node("ReduceSum", [squares], { keepdims: 0 })
      : others.length === 0
      ? [squares]
      : (base.info.opsets[""] ?? 1) < 13
      ? g.node("ReduceSum", [squares], { keepdims: 0, ...axes })
      : g.node("ReduceSum", [squares, g.constant(int64(others))], { keepdims: 0 });
    outputs.set(`${inputAxis}:${input}`, g.output(sum!, g.freeName(`${input}.squares`)));
  }
  const measured = base.withGraph(g.graph());
  const sums = new Map<string, Float64Array>();
  await withRuntime(runtime, async (engine) => {
    const session = await engine.session(measured);
    try {
      for await (
        const inputs of inputBatches(model, data, { action: 'rank channels by "wanda"', batchSize })
      ) {
        signal?.throwIfAborted();
        const result = await session.run(inputs);
        for (const [key, output] of outputs) {
          const numbers = numbersOf(result[output]!);
          const sum = sums.get(key) ?? new Float64Array(numbers.length);
          numbers.forEach((number, i) => sum[i]! += number);
          sums.set(key, sum);
        }
      }
    } finally {
      await session.release();
    }
  });
  const norms = new Map<string, InputNorms[]>();
  for (const { tensor, axis, input, inputAxis, groups } of readers) {
    const squares = sums.get(`${inputAxis}:${input}`);
    if (!squares) continue;
    const read = { axis, groups, norms: squares.map(Math.sqrt) };
    norms.set(tensor, [...norms.get(tensor) ?? [], read]);
  }
  return wanda(norms);
}

/** All readings of stored weights by layers, of the weights themselves or of another form of them. */
function readersIn(graph: Graph, rankOf: (name: string) => number | undefined): Reader[] {
  const uses = consumers(graph);
  /** The layers behind a value whose axes are these of a stored weight. */
  const behind = (value: string, axes: readonly number[]): Omit<Reader, "tensor">[] =>
    (uses.get(value) ?? []).flatMap(({ node, index }) => {
      const { view, elementwise, quantized, learned } = factsOf(node);
      if (learned?.[index]?.role === "weight" && !quantized) {
        const place = inputOf(node, index, axes.length, rankOf);
        return [{ ...place, axis: place.axis === undefined ? undefined : axes[place.axis] }];
      }
      const turned = operatorOf(node) === "Transpose";
      if (index !== 0 || view !== "first" || !(elementwise || quantized || turned)) return [];
      const perm = turned
        ? intsAttribute(node, "perm", axes.map((_, i) => axes.length - 1 - i))!
        : [...axes.keys()];
      return behind(node.outputs[0]!, perm.map((i) => axes[i]!));
    });
  return [...graph.initializers].flatMap(([tensor, { dims }]) =>
    behind(tensor, dims.map((_, i) => i)).map((reader) => ({ tensor, ...reader }))
  );
}

/** What a layer multiplies with its weight, and along which axes. */
function inputOf(
  node: Node,
  weight: number,
  rank: number,
  rankOf: (name: string) => number | undefined,
): Omit<Reader, "tensor"> {
  const op = operatorOf(node);
  const product = op === "MatMul" || op === "Gemm";
  const input = node.inputs[product ? 1 - weight : 0]!;
  const axis = factsOf(node).learned?.[weight]?.axes?.(node, rank).summed[0];
  const last = (rankOf(input) ?? 0) - 1;
  const turned = op === "Gemm" && intAttribute(node, weight === 0 ? "transB" : "transA", 0) === 1;
  const inputAxis = product
    ? (weight === 0) !== turned ? last - 1 : last
    : factsOf(node).convolves
    ? 1
    : undefined;
  const groups = op === "Conv" ? intAttribute(node, "group", 1) : 1;
  return inputAxis === undefined || axis === undefined || last < 0
    ? { input, axis: undefined, inputAxis: undefined, groups }
    : { input, axis, inputAxis, groups };
}
