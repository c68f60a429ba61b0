import assert from "node:assert/strict";
import { importOrtNode } from "../../lib/deps.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { vit } from "../../lib/nn/vit.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { operatorOf } from "../../lib/onnx/operators/table.ts";
import type { Ort } from "../../lib/runtime/ort_session.ts";
import { sharedStep, stepOptions } from "../../lib/runtime/step_sessions.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { type TrainingStep, trainingStep } from "../../lib/train/training_step.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("a step that trains all weights is spared what finds nothing; what is frozen is inference", () => {
  const model = mlp({ sizes: [40, 30, 4] });
  assert.ok(stepOptions(trainingStep(model).model).extra);
  const [first] = model.graph.initializers.keys();
  assert.deepEqual(stepOptions(trainingStep(model, { freeze: ({ name }) => name === first }).model), {});
});

Deno.test("tables in gradients of depthwise convolutions are no weights", () => {
  const g = new GraphBuilder();
  const w = g.parameter("w", float32(new Array(16 * 9).fill(0.1), [16, 1, 3, 3]));
  const x = g.conv(g.input("x", "float32", [4, 16, 6, 6]), w, undefined, { group: 16 });
  g.output(g.flatten(g.globalAveragePool(x)), "logits");
  const { model } = trainingStep(g.model());
  assert.ok(
    model.graph.nodes.some(({ op, inputs }) => op === "MatMul" && model.graph.initializers.has(inputs[1]!)),
  );
  assert.ok(stepOptions(model).extra);
});

/** Operators that ONNX Runtime makes of a step under some options, counted. */
async function optimized(model: Model, extra: Record<string, unknown>): Promise<Map<string, number>> {
  const { default: ort } = await importOrtNode() as unknown as { default: Ort };
  return await inFolder(async (folder) => {
    const path = `${folder}/step.onnx`;
    const options = { graphOptimizationLevel: "all", optimizedModelFilePath: path, extra } as const;
    await (await ort.InferenceSession.create(model.toOnnx(), options)).release();
    const { graph } = await loadModel(path);
    return new Map([...Map.groupBy(graph.nodes, operatorOf)].map(([op, nodes]) => [op, nodes.length]));
  });
}

Deno.test("transposes stay beside products that take them in, and move where they can meet", async () => {
  const attention = trainingStep(vit({ image: 8, patch: 4, layers: 2, heads: 2, hidden: 16, classes: 3 }));
  const convolutions = trainingStep(resnetCifar());
  const left = ({ model }: TrainingStep) =>
    (stepOptions(model).extra!.optimization as { disable_specified_optimizers: string })
      .disable_specified_optimizers;
  assert.match(left(attention), /;TransposeOptimizer$/);
  assert.doesNotMatch(left(convolutions), /;TransposeOptimizer$/);
  // So it is in the engine: attention's products take in more, and with them their factors.
  const { extra } = stepOptions(attention.model);
  const moved = { optimization: { disable_specified_optimizers: left(attention).replace(/;[^;]*$/, "") } };
  const [ours, theirs] = [await optimized(attention.model, extra!), await optimized(attention.model, moved)];
  const products = "com.microsoft:FusedMatMul";
  assert.ok((ours.get(products) ?? 0) > (theirs.get(products) ?? 0), `${ours.get(products)}`);
  assert.ok(ours.get("Transpose")! <= theirs.get("Transpose")!);
});

Deno.test("batch norms and their gradients compute what both need once", () => {
  const step = trainingStep(resnetCifar()).model;
  const means = (model: typeof step) => model.graph.nodes.filter(({ op }) => op === "ReduceMean").length;
  // Mean and variance of 19 batch norms, and the loss.
  assert.ok(means(step) > 39);
  assert.equal(means(sharedStep(step)), 39);
});
