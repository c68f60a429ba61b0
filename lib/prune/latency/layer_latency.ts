import { inferShapes } from "../../onnx/infer_shapes.ts";
import { isStatic, type Shape } from "../../onnx/dim.ts";
import { type Graph, Model, type Node, type ValueInfo } from "../../onnx/model.ts";
import { isNamed } from "../../onnx/learned/names.ts";
import { factsOf, operatorOf } from "../../onnx/operators/table.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { AnyTensor } from "../../tensor/tensor.ts";
import { constantsToInitializers } from "../../onnx/passes/constants_to_initializers.ts";
import { threeDigits } from "../../amounts.ts";
import { textTable } from "../../text_table.ts";
import { titleOf } from "../channels/group_title.ts";
import { type LatencyOptions, spread, timeAlone } from "./latency.ts";

/** The time of one layer, before and after, each by itself. */
export interface LayerLatency {
  /** Name of the layer's weight. */
  layer: string;
  /** Name of the layer's node, where only an exporter named the weight. */
  node?: string;
  /** The operator. */
  op: string;
  /** Sizes of the weight before. */
  dimsBefore: readonly number[];
  /** Sizes of the weight after; `undefined` where the layer is gone. */
  dimsAfter: readonly number[] | undefined;
  /** Median milliseconds before. */
  before: number;
  /** Median milliseconds after; 0 where the layer is gone. */
  after: number;
}

/** A layer with all it reads, as a model. */
interface Alone {
  op: string;
  weight: string;
  node: string | undefined;
  dims: readonly number[];
  model: Model;
}

/**
 * Times every layer that multiplies stored weights, before and after, each as a model of its own: where the
 * time goes, and where it went. Layers of the same operator and sizes are timed once. What engines gain by
 * fusing layers, and what lies between them, is not in these times.
 *
 * @param before a model with known sizes, but for the batch
 * @param after the pruned one, whose weights have the names that they had
 */
export async function measureLayers(
  before: Model,
  after: Model,
  options: LatencyOptions & { runtime: Runtime },
): Promise<LayerLatency[]> {
  const known = new Map<string, number>();
  const time = async ({ model }: Alone): Promise<number> => {
    const key = keyOf(model.graph);
    let median = known.get(key);
    if (median === undefined) known.set(key, median = spread(await timeAlone(model, options)).median);
    return median;
  };
  const [was, is] = [before, after].map((model) => layersOf(model, options));
  const now = new Map(is!.map((layer) => [layer.weight, layer]));
  const rows: LayerLatency[] = [];
  for (const layer of was!) {
    const then = now.get(layer.weight);
    const { weight, node, op, dims } = layer;
    const [before, after] = [await time(layer), then ? await time(then) : 0];
    const row: LayerLatency = { layer: weight, op, dimsBefore: dims, dimsAfter: then?.dims, before, after };
    if (node !== undefined) row.node = node;
    rows.push(row);
  }
  return rows;
}

/** Operator, settings, types and sizes: two layers with the same take the same time. */
function keyOf({ nodes, values, initializers, inputs }: Graph): string {
  const [node] = nodes as [Node];
  const read = inputs.map((name) => [values.get(name)!.type, values.get(name)!.shape]);
  const stored = [...initializers.values()].map(({ type, dims }) => [type, dims]);
  return JSON.stringify([operatorOf(node), node.attributes, read, stored]);
}

/** The layers of a model whose sizes are known. */
function layersOf(given: Model, { batch = 1, inputShapes = {} }: LatencyOptions): Alone[] {
  const model = constantsToInitializers(given);
  const { graph } = inferShapes(model, { inputShapes: withBatch(model.graph, batch, inputShapes) });
  return graph.nodes.flatMap((node): Alone[] => {
    if (!factsOf(node).macs) return [];
    const weight = node.inputs.find((name) => (graph.initializers.get(name)?.dims.length ?? 0) > 1);
    if (weight === undefined) return [];
    const reads = [...new Set(node.inputs.filter(Boolean))];
    const initializers = new Map<string, AnyTensor>();
    const values = new Map<string, ValueInfo>();
    for (const name of reads) {
      const tensor = graph.initializers.get(name);
      const value = graph.values.get(name);
      if (tensor) initializers.set(name, tensor);
      else if (value && isStatic(value.shape)) values.set(name, value);
      else return [];
    }
    const alone = {
      name: weight,
      inputs: [...values.keys()],
      outputs: node.outputs.filter(Boolean).slice(0, 1),
      nodes: [node],
      initializers,
      values,
    };
    const { dims } = initializers.get(weight)!;
    const title = isNamed(weight) ? undefined : node.name || undefined;
    return [{ op: node.op, weight, node: title, dims, model: new Model(alone, model.info) }];
  });
}

/** Shapes of all inputs, their leading dimension the batch where it is not known. */
function withBatch(
  { inputs, values, initializers }: Graph,
  batch: number,
  given: Readonly<Record<string, Shape>>,
): Record<string, Shape> {
  return Object.fromEntries(
    inputs.filter((name) => !initializers.has(name)).flatMap((name) => {
      const shape = (Object.hasOwn(given, name) ? given[name] : undefined) ?? values.get(name)?.shape;
      return shape ? [[name, shape.map((dim, i) => i === 0 && typeof dim === "string" ? batch : dim)]] : [];
    }),
  );
}

/** Layers that are shown, those that take the longest. */
const SHOWN = 20;

/** A table for people, the layers that took the longest first. */
export function layerTable(rows: readonly LayerLatency[]): string {
  const total = (of: "before" | "after", some = rows) => some.reduce((sum, row) => sum + row[of], 0);
  const sorted = rows.toSorted((a, b) => b.before - a.before);
  const [shown, rest] = [sorted.slice(0, SHOWN), sorted.slice(SHOWN)];
  const share = (value: number, of: number) => of > 0 ? `${(100 * value / of).toFixed(0)} %` : "";
  const line = (name: string, sizes: string, before: number, after: number) => [
    name,
    sizes,
    threeDigits(before),
    share(before, total("before")),
    threeDigits(after),
    share(after, total("after")),
    (after / before).toFixed(2),
  ];
  const table = textTable(
    [
      ["layer, alone", "weights", "ms before", "of all", "ms after", "of all", "ratio"],
      ...shown.map(({ layer, node, op, dimsBefore, dimsAfter, before, after }) =>
        line(
          `${op} ${titleOf({ name: layer, layer: node })}`,
          `${dimsBefore.join("×")} → ${dimsAfter?.join("×") ?? "gone"}`,
          before,
          after,
        )
      ),
      ...rest.length > 0
        ? [line(`${rest.length} more`, "", total("before", rest), total("after", rest))]
        : [],
      line("all", "", total("before"), total("after")),
    ],
    ["left", "left", "right", "right", "right", "right", "right"],
  );
  return table.lines.join("\n");
}
