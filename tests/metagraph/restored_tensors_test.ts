import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { fromMetaGraph } from "../../lib/metagraph/from_meta_graph.ts";
import { restoredTensors } from "../../lib/metagraph/restored_tensors.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { vit } from "../../lib/nn/vit.ts";
import { float32, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { runNative } from "../onnx/run_native.ts";

function shared(width: number): Model {
  const g = new GraphBuilder("shared");
  const weight = g.parameter("w", float32(numbered(width * width), [width, width]));
  g.output(g.matMul(g.relu(g.matMul(g.input("x", "float32", ["N", width]), weight)), weight), "y");
  return g.model();
}

function grouped(width: number): Model {
  const g = new GraphBuilder("grouped");
  const kernel = g.parameter("w", float32(numbered(width * width / 2 * 9), [width, width / 2, 3, 3]));
  const x = g.relu(g.conv(g.input("x", "float32", ["N", 3, 8, 8]), g.parameter("first", filters(width, 3))));
  const y = g.relu(g.conv(x, kernel, undefined, { group: 2 }));
  g.output(g.conv(y, g.parameter("last", filters(2, width))), "y");
  return g.model();
}

const filters = (outputs: number, inputs: number): Tensor =>
  float32(numbered(outputs * inputs), [outputs, inputs, 1, 1]);

const numbered = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i);

const MODELS: Record<string, () => Model> = {
  "a ResNet with downsampling": () => resnetCifar({ depth: 20, shortcut: "B", widths: [2, 3, 4] }),
  "attention, whose one weight makes three": () =>
    vit({ image: 8, patch: 4, layers: 1, heads: 2, hidden: 4, mlp: 6, classes: 3 }),
  "a weight that layers share": () => shared(2),
  "a weight of 211,600 numbers that layers share": () => shared(460),
  "a grouped convolution of 294,912 weights": () => grouped(256),
};

for (const [name, build] of Object.entries(MODELS)) {
  for (const layout of ["general", "published"] as const) {
    Deno.test(`features become tensors in a graph as they do in numbers: ${name}, ${layout}`, async () => {
      const model = build();
      const graph = metaGraph(model, { layout });
      const carried = [...graph.manifest].filter(([, { state }]) => state === "carried").map(([name]) =>
        name
      );
      let next = 1;
      const fresh = ({ dims, size }: Tensor) =>
        float32(Float32Array.from({ length: size }, () => next++ / 64), dims);
      const [nodes, edges] = [graph.layers, graph.blocks].map((parts) =>
        parts.map(({ features }) => fresh(features))
      );
      const expected = fromMetaGraph(model, graph.withFeatures(nodes!, edges!)).graph.initializers;

      const g = new GraphBuilder("restored");
      const stored = (tensors: Tensor[], what: string) =>
        tensors.map((tensor, i) => g.parameter(`${what} ${i}`, tensor));
      const features = { nodes: stored(nodes!, "node"), edges: stored(edges!, "edge") };
      const tensorOf = (name: string) => model.graph.initializers.get(name) as Tensor;
      const restored = restoredTensors(g, graph, {
        names: carried,
        dimsOf: (name) => tensorOf(name).dims,
        original: (name) => g.parameter(name, tensorOf(name)),
      }, features);
      assert.deepEqual(Object.keys(restored), carried);
      for (const [i, name] of carried.entries()) g.output(restored[name]!, `tensor ${i}`);
      const made = await runNative(g.model(), {});
      for (const [i, name] of carried.entries()) {
        const { dims, data } = expected.get(name) as Tensor;
        const found = made[`tensor ${i}`]!;
        assert.deepEqual([[...found.dims], numbersOf(found)], [
          [...dims],
          numbersOf(new Tensor("float32", data as Float32Array, dims)),
        ], name);
      }
    });
  }
}
