import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import { Model } from "../../../lib/onnx/model.ts";
import { float32, int64, numbersOf, sizeOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { upgradeOpset } from "../../../lib/onnx/upgrade.ts";
import { dataFile } from "../../data.ts";
import { numbers, run } from "./check.ts";

/** How far the slope along the gradient may be from the gradient's length, both in float32. */
const SLOPE_FLOAT32 = 0.02;

const MODELS = ["mnist", "resnet20-cifar10-optionA", "bert_toy_optimized", "ultraface-version-RFB-320"];

function feedsFor({ graph }: Model): Record<string, Tensor> {
  return Object.fromEntries(
    graph.inputs.filter((name) => !graph.initializers.has(name)).map((name) => {
      const { type, shape } = graph.values.get(name)!;
      const dims = shape!.map((dim) => typeof dim === "number" ? dim : 2);
      const ones = new Array<number>(sizeOf(dims)).fill(1);
      if (type === "int64") return [name, int64(ones, dims)];
      if (type === "int32") return [name, new Tensor("int32", Int32Array.from(ones), dims)];
      return [name, float32(numbers(dims).data, dims)];
    }),
  );
}

for (const name of MODELS) {
  const path = dataFile(`onnx/${name}.onnx`);
  Deno.test({
    name: `one step against the gradient of ${name} lowers the loss as much as it says`,
    ignore: !path,
    async fn() {
      const model = inferShapes(upgradeOpset(await loadModel(path!)));
      const g = new GraphBuilder(model.graph, model.info.opsets);
      const y = model.graph.outputs[0]!;
      const loss = g.output(g.reduceMean(g.mul(y, y), undefined, { keepdims: false }), "the_loss");
      const weights = [...model.graph.initializers].filter(([, { type, dims }]) =>
        type === "float32" && dims.length > 1
      );
      const names = weights.map(([name]) => name);
      const found = backward(g, loss, names);
      for (const gradient of new Set(Object.values(found))) g.output(gradient);
      const feeds = feedsFor(model);
      const results = await run(g.model(), feeds);
      const slopes = new Map(names.map((name) => [name, results[found[name]!]!.data as Float32Array]));
      const length = Math.sqrt(
        [...slopes.values()].reduce((sum, s) => sum + s.reduce((a, v) => a + v * v, 0), 0),
      );
      const before = numbersOf(results.the_loss!)[0]!;
      // A hundredth of the loss, if the loss were a plane.
      const step = 0.01 * before / length;
      const lossAt = async (by: number): Promise<number> => {
        const initializers = new Map(g.graph().initializers);
        for (const [name, tensor] of weights) {
          const slope = slopes.get(name)!;
          const data = numbersOf(tensor as Tensor).map((value, i) => value + by * slope[i]! / length);
          initializers.set(name, float32(data, tensor.dims));
        }
        const moved = new Model({ ...g.graph(), initializers }, model.info);
        return numbersOf((await run(moved, feeds)).the_loss!)[0]!;
      };
      const slope = (await lossAt(step) - await lossAt(-step)) / (2 * step);
      assert.ok(Math.abs(slope / length - 1) < SLOPE_FLOAT32, `slope ${slope}, expected ${length}`);
    },
  });
}
