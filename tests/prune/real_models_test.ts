import assert from "node:assert/strict";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import type { Shape } from "../../lib/onnx/dim.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { dataFile } from "../data.ts";
import { runNative } from "../onnx/run_native.ts";
import { tagged } from "../tags.ts";

/** Input shapes where the file leaves them open. */
const MODELS: Record<string, { inputShapes?: Record<string, Shape>; sizes?: Record<string, number> }> = {
  "mnist": {},
  "resnet20-cifar10-optionA": {},
  "light_squeezenet": {},
  "squeezenet_tensor_input": {},
  "ultraface-version-RFB-320": {},
  "bert_toy_optimized": { inputShapes: { input_ids: [1, 16] }, sizes: { max_seq_len_in_batch: 16 } },
  "bert_mrpc_tf2.1_opset10": {},
  "light_resnet50": {},
};

const fedInputs = ({ graph }: Model) =>
  graph.inputs.filter((name) => !graph.initializers.has(name)).map((name) => [name, graph.values.get(name)]);

/** Feeds with deterministic numbers: whole ones below 2 for integers, the provenance's formula for floats. */
function feedsOf({ graph }: Model, sizes: Record<string, number>): Record<string, Tensor> {
  return Object.fromEntries(
    graph.inputs.filter((name) => !graph.initializers.has(name)).map((name) => {
      const { shape, type } = graph.values.get(name)!;
      const dims = shape!.map((dim) => typeof dim === "number" ? dim : sizes[dim] ?? 1);
      const size = sizeOf(dims);
      if (type === "int64") {
        return [
          name,
          new Tensor("int64", BigInt64Array.from({ length: size }, () => 1n), dims),
        ];
      }
      if (type === "int32") {
        return [
          name,
          new Tensor("int32", Int32Array.from({ length: size }, () => 1), dims),
        ];
      }
      return [
        name,
        new Tensor(
          "float32",
          Float32Array.from({ length: size }, (_, i) => (73 * i) % 251 / 251 - 0.5),
          dims,
        ),
      ];
    }),
  );
}

/** ONNX Runtime's binding for JavaScript has no maps: gives out the tensor that one is made of instead. */
function withoutMaps(model: Model): Model {
  const { graph } = model;
  const maps = graph.nodes.filter(({ op }) => op === "ZipMap");
  if (maps.length === 0) return model;
  const outputs = graph.outputs.map((name) =>
    maps.find((node) => node.outputs.includes(name))?.inputs[0] ?? name
  );
  return model.withGraph({ ...graph, outputs, nodes: graph.nodes.filter((node) => !maps.includes(node)) });
}

for (const [name, { inputShapes = {}, sizes = {} }] of Object.entries(MODELS)) {
  const path = dataFile(`onnx/${name}.onnx`);
  Deno.test(tagged(`${name}: pruned to 70 % of MACs it equals the masked original`, "slow"), {
    ignore: !path,
  }, async () => {
    const model = decodeModel(Deno.readFileSync(path!));
    const plan = planPruning(model, { target: { macs: 0.7 }, criterion: "l2", roundTo: 1, inputShapes });
    const pruned = prune(model, plan);
    const cost = countMacs(pruned, { inputShapes });
    assert.equal(cost.macs, plan.after.macs);
    assert.equal(cost.parameters, plan.after.parameters);
    const kept = plan.after.macs / plan.before.macs;
    assert.ok(kept <= 0.7 && kept > 0.65, `kept ${kept}`);
    assert.deepEqual(fedInputs(pruned), fedInputs(model));
    assert.deepEqual(pruned.graph.outputs, model.graph.outputs);
    const [small, masked] = [withoutMaps(pruned), withoutMaps(mask(model, plan))];
    const feeds = feedsOf(small, sizes);
    const [actual, expected] = await Promise.all([runNative(small, feeds), runNative(masked, feeds)]);
    for (const [output, tensor] of Object.entries(expected)) {
      if (tensor.type !== "float32") continue;
      assertClose(
        actual[output]!.data as Float32Array,
        tensor.data as Float32Array,
        REORDERED_FLOAT32,
        output,
      );
    }
  });
}
