import { Tensor } from "../deps.ts";
import { intAttribute } from "../onnx/attribute.ts";
import type { Model } from "../onnx/model.ts";
import { readBlock } from "./gather.ts";
import { type BlockUse, type Carried, type EdgeBlock, MetaGraph, type NodeLayer } from "./meta_graph.ts";
import { normalForm } from "./normal_form.ts";

/** The columns of node features in the general layout, and what stands where a node has no such parameter. */
export const SLOTS: Readonly<Record<string, number>> = {
  "norm.scale": 1,
  "norm.shift": 0,
  "norm.mean": 0,
  "norm.variance": 1,
  "norm2.scale": 1,
  "norm2.shift": 0,
  "norm2.mean": 0,
  "norm2.variance": 1,
  bias: 0,
  bias2: 0,
  slope: 0,
  token: 0,
  "query.bias": 0,
  "key.bias": 0,
  "value.bias": 0,
};

/**
 * A network as a graph of channels: nodes in layers, edges in blocks between layers.
 *
 * So far: linear layers (Gemm, MatMul) with biases and functions of every element between them.
 *
 * @throws TypeError where the model has other operators
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mlp } from "../nn/mlp.ts";
 *
 * const graph = metaGraph(mlp({ sizes: [64, 64, 64, 10] }));
 * assert.deepEqual([graph.nodes, graph.edges], [202, 8832]);
 * ```
 */
export function metaGraph(model: Model): MetaGraph {
  const { graph } = normalForm(model);
  const slots = Object.keys(SLOTS);
  const layers: NodeLayer[] = [];
  const blocks: EdgeBlock[] = [];
  const manifest = new Map<string, Carried>();
  const layerOf = new Map<string, number>();
  const open = (name: string, channels: number, kind: NodeLayer["kind"], op: string): number => {
    const data = new Float32Array(channels * slots.length);
    for (let i = 0; i < data.length; i++) data[i] = SLOTS[slots[i % slots.length]!]!;
    layers.push({
      name,
      kind,
      channels,
      op,
      features: new Tensor("float32", data, [channels, slots.length]),
      context: new Tensor("float32", new Float32Array(0), [channels, 0]),
      depth: 0,
      output: false,
      pixels: 1,
    });
    return layers.length - 1;
  };
  const attach = (layer: number, name: string) => {
    const slot = slots.indexOf("bias");
    const source = (graph.initializers.get(name) as Tensor).data as Float32Array;
    const { features, channels } = layers[layer]!;
    const order = Int32Array.from({ length: channels }, (_, i) => i);
    order.forEach((i) => (features.data as Float32Array)[i * slots.length + slot] = source[i]!);
    manifest.set(name, { state: "carried", uses: [{ layer, slot, channels: order, elements: order }] });
  };
  for (const node of graph.nodes) {
    const [x, w, b] = node.inputs;
    const weight = graph.initializers.get(w ?? "") as Tensor | undefined;
    if (weight && (node.op === "Gemm" || node.op === "MatMul")) {
      const direct = intAttribute(node, "transB", 0) === 1;
      const [out, into] = direct ? weight.dims as [number, number] : [weight.dims[1]!, weight.dims[0]!];
      if (!layerOf.has(x!)) layerOf.set(x!, open(x!, into, "input", ""));
      const layer = open(w!, out, "weighted", node.op);
      const line = (length: number, step: number) => Int32Array.from({ length }, (_, i) => i * step);
      const use: BlockUse = {
        block: blocks.length,
        rows: line(out, direct ? into : 1),
        columns: line(into, direct ? 1 : out),
        taps: Int32Array.of(0),
      };
      blocks.push({
        name: w!,
        kind: "dense",
        role: "weight",
        from: { layers: [layerOf.get(x!)!], length: into },
        to: { layers: [layer], length: out },
        features: readBlock(weight, use, [out, into, 1]),
        taps: [[0, 0]],
      });
      manifest.set(w!, { state: "carried", uses: [use] });
      if (b) attach(layer, b);
      layerOf.set(node.outputs[0]!, layer);
    } else if (node.op === "Add" && graph.initializers.has(w!)) {
      attach(layerOf.get(x!)!, w!);
      layerOf.set(node.outputs[0]!, layerOf.get(x!)!);
    } else if (node.inputs.length === 1 && layerOf.has(x!)) {
      layerOf.set(node.outputs[0]!, layerOf.get(x!)!);
    } else throw new TypeError(`Cannot make a graph of "${graph.name}": ${node.op} has no row yet`);
  }
  const last = layerOf.get(graph.outputs[0]!);
  return new MetaGraph({
    name: graph.name,
    layers: layers.map((layer, i) => ({
      ...layer,
      depth: i / Math.max(1, layers.length - 1),
      output: i === last,
    })),
    blocks,
    slots,
    context: [],
    manifest,
  });
}
