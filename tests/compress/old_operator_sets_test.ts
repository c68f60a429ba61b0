import assert from "node:assert/strict";
import {
  compress,
  type CompressOptions,
  gridFormats,
  linearLayers,
  measureChoices,
  packQuantized,
  rehearse,
} from "../../lib/compress/mod.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { Model } from "../../lib/onnx/model.ts";
import { seededRandom } from "../../lib/random.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose } from "../close.ts";
import { withFloatInputs } from "./float_inputs.ts";
import { REAL_MODELS, realFeeds, realModel, realModelBytes } from "../onnx/real_models.ts";

const random = seededRandom(11, "old");
const drawn = (dims: number[]) =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal(0, 0.3)), dims);

/** A convolution and a layer with a bias, in nodes that mean the same in every operator set from 7 on. */
function network(opset: number): Model {
  const g = new GraphBuilder("old");
  const x = g.input("x", "float32", ["n", 2, 5, 5]);
  const [conv] = g.node("Conv", [x, g.parameter("conv.weight", drawn([4, 2, 3, 3]))], {});
  const flat = g.node("Flatten", [g.relu(conv!)], { axis: 1 })[0]!;
  const weight = g.parameter("gemm.weight", drawn([5, 36]));
  g.output(g.gemm(flat, weight, g.parameter("gemm.bias", drawn([5])), { transB: 1 }), "y");
  const { graph, info } = g.model();
  return new Model(graph, { ...info, opsets: { "": opset }, irVersion: opset < 10 ? 3 : 6 });
}

const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

for (const opset of [7, 11, 14]) {
  Deno.test(`models of operator set ${opset} are calibrated, allocated to and packed in codes`, async () => {
    const model = network(opset);
    const calibration = [0, 1, 2].map(() => ({ x: drawn([4, 2, 5, 5]) }));
    const runtime = await openRuntime();
    try {
      const feeds = { x: drawn([3, 2, 5, 5]) };
      const before = (await runModel(model, feeds, { runtime })).y!.data as Float32Array;
      const cases: CompressOptions[] = [
        { method: "gptq", bits: 8 },
        { method: "awq", bits: 8 },
        { method: "rtn", bits: 4 },
        { method: "gptq", bits: 8, allocation: "calibrated" },
      ];
      for (const given of cases) {
        const options = { ...given, ...given.method !== "rtn" && { calibration }, runtime };
        const name = JSON.stringify(given);
        assert.equal((await rehearse(model, options)).layers, 2, name);
        const result = await compress(model, options);
        const rounded = (await runModel(result.model, feeds, { runtime })).y!.data as Float32Array;
        const within = given.bits === 4 ? 0.2 : 0.02;
        assertClose([...rounded], [...before], { absolute: within * largest(before), relative: 0 }, name);
        const packed = packQuantized(result);
        assert.equal(Object.keys(packed.forms).length, 2, name);
        const coded = (await runModel(withFloatInputs(packed.model), feeds, { runtime })).y!
          .data as Float32Array;
        // What is behind a DequantizeLinear is multiplied with inputs that are rounded to 8 bits, too.
        assertClose([...coded], [...rounded], { absolute: largest(before) / 50, relative: 0 }, name);
      }
      const sparse = await compress(model, { method: "magnitude", sparsity: 0.5 });
      assert.equal(sparse.model.info.opsets[""], opset, "without data a model stays as it is");
      const measured = await measureChoices(model, { formats: gridFormats([3, 4]), calibration, runtime });
      assert.ok(Object.values(measured).every(({ sensitivity }) => sensitivity > 0));
    } finally {
      await runtime.close();
    }
  });
}

for (const name of REAL_MODELS.filter((name) => /mnist|light_squeezenet|resnet20/.test(name))) {
  Deno.test({
    name: `${name} is calibrated, and computes with codes what it does with rounded weights`,
    ignore: !realModelBytes(name),
    async fn() {
      const model = realModel(name);
      const feeds = realFeeds(name, model);
      // The last convolution, or product, alone: what is asked is whether the graph around it holds.
      const last = linearLayers(model).at(-1)!.weight;
      const options = { layers: (weight: string) => weight === last, calibration: [feeds] };
      const result = await compress(model, { method: "gptq", bits: 8, ...options });
      const [output] = model.graph.outputs as [string];
      const [before, rounded, coded] = await Promise.all(
        [model, result.model, packQuantized(result).model].map(async (each) =>
          (await runModel(each, feeds))[output]!.data as Float32Array
        ),
      ) as [Float32Array, Float32Array, Float32Array];
      assert.ok((model.info.opsets[""] ?? 1) < 15);
      const absolute = largest(before) / 20;
      assertClose([...rounded], [...before], { absolute, relative: 0 }, "rounded");
      assertClose([...coded], [...rounded], { absolute, relative: 0 }, "coded");
      const stored = result.model.graph.initializers.get(last) as Tensor;
      assert.notDeepEqual(stored.data, (model.graph.initializers.get(last) as Tensor | undefined)?.data);
    },
  });
}
