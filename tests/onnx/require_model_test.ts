import assert from "node:assert/strict";
import {
  channelGroups,
  countMacs,
  evaluate,
  fit,
  gradients,
  inferShapes,
  loadModel,
  loadWeights,
  mlp,
  type Model,
  planPruning,
  saveModel,
  Tensor,
  trainingStep,
} from "../../mod.ts";
import { encodeSafetensors } from "../../lib/formats/mod.ts";
import { constantsToInitializers, removeDeadCode, upgradeOpset } from "../../lib/onnx/mod.ts";
import { foldConstants } from "../../lib/runtime/mod.ts";

const data = {
  inputs: new Tensor("float32", new Float32Array(4), [1, 4]),
  targets: new Tensor("int64", new BigInt64Array(1), [1]),
};

/** Everything at the front door that takes a model. */
const uses: Record<string, (model: Model) => unknown> = {
  channelGroups,
  countMacs,
  evaluate: (model) => evaluate(model, data),
  fit: (model) => fit(model, data, { epochs: 1 }),
  foldConstants,
  gradients: (model) => gradients(model, "y", ["x"]),
  constantsToInitializers,
  inferShapes,
  loadWeights: (model) => loadWeights(model, {}),
  planPruning: (model) => planPruning(model, { target: { macs: 0.5 } }),
  removeDeadCode,
  saveModel: (model) => saveModel(model, "/nowhere/model.onnx"),
  trainingStep,
  upgradeOpset,
};

const model = mlp({ sizes: [4, 8, 2] });
const mistakes: [what: string, given: unknown, said: RegExp][] = [
  ["a forgotten await", loadModel(model.toOnnx()), /^Cannot use a promise as a model: await it first/],
  ["a path", "model.onnx", /^Cannot use the address "model\.onnx" as a model: load it first/],
  ["bytes", model.toOnnx(), /^Cannot use bytes as a model: read them first/],
  ["nothing", undefined, /^Cannot use undefined as a model: expected what/],
  ["tensors", encodeSafetensors({}).buffer, /^Cannot use object as a model: expected what/],
];

for (const [name, use] of Object.entries(uses)) {
  Deno.test(`${name} says what came in place of a model`, async () => {
    for (const [what, given, message] of mistakes) {
      await assert.rejects(async () => await use(given as Model), { name: "TypeError", message }, what);
    }
  });
}
