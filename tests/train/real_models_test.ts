/** Imported models train: three steps of their own training graph bring the loss down. */
import assert from "node:assert/strict";
import { loadModel } from "../../lib/io/load_model.ts";
import { sizeOf, Tensor } from "../../lib/tensor/tensor.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { meanSquaredError } from "../../lib/train/losses.ts";
import { trainingStep } from "../../lib/train/training_step.ts";
import { caseFile, dataFile } from "../data.ts";
import { withEngine } from "./engines.ts";

/** Waves, or ones where the model wants indices and masks. */
function anything(type: string | undefined, dims: number[]): Tensor {
  const size = sizeOf(dims);
  if (type === "int64") return new Tensor(type, new BigInt64Array(size).fill(1n), dims);
  if (type === "int32") return new Tensor(type, new Int32Array(size).fill(1), dims);
  return new Tensor("float32", Float32Array.from({ length: size }, (_, i) => Math.sin(i)), dims);
}

/** Files of operator sets 7 to 13, with weights in constant nodes, listed as inputs, or plainly stored. */
const FILES = ["mnist", "resnet20-cifar10-optionA", "bert_toy_optimized", "ultraface-version-RFB-320"];

/** Small models with one operator each whose gradient is of its own kind. */
const CASES = ["segbilinear", "tp276", "einsum"];

const MODELS = [
  ...FILES.map((file) => [file, dataFile(`onnx/${file}.onnx`)] as const),
  ...CASES.map((file) => [file, caseFile(`models/${file}.onnx`)] as const),
];

for (const [file, path] of MODELS) {
  withEngine(`${file}.onnx trains`, "native", async (runtime) => {
    const step = trainingStep(await loadModel(path!), { loss: meanSquaredError() });
    const session = await runtime.session(step.model, { carry: step.carry });
    try {
      await session.setState(step.state);
      const feeds: Tensors = {};
      for (const name of [...step.inputs, ...Object.values(step.targets)]) {
        const { type, shape } = step.model.graph.values.get(name)!;
        feeds[name] = anything(type, shape!.map((dim) => typeof dim === "number" ? dim : 2));
      }
      const losses: number[] = [];
      for (let i = 0; i < 3; i++) {
        const outputs = await session.run({ ...feeds, ...step.scalarFeeds(i, 1e-4) });
        losses.push(Number(outputs[step.loss]!.data[0]));
      }
      assert.ok(losses[0]! > losses[1]! && losses[1]! > losses[2]!, `${losses}`);
    } finally {
      await session.release();
    }
  }, { ignore: !path });
}
