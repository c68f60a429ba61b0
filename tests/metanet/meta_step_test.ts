import assert from "node:assert/strict";
import { applyMetanetwork } from "../../lib/metanet/apply_metanetwork.ts";
import { metaStep } from "../../lib/metanet/meta_step.ts";
import { createMetanetwork } from "../../lib/metanet/metanetwork_parameters.ts";
import { sparsityGradient } from "../../lib/metanet/sparsity_gradient.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { inferShapes } from "../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, int64, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { seededRandom } from "../../lib/random.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import type { Tensors } from "../../lib/runtime/runtime.ts";
import { type TrainingStep, trainingStep } from "../../lib/train/training_step.ts";
import { assertClose, CENTRAL_DIFFERENCE, REORDERED_FLOAT32 } from "../close.ts";
import { inFloat64, wider } from "../runtime/in_float64.ts";

const SPARSITY = { strength: .5, alpha: 5 };

Deno.test("the step's direction is the slope of loss and frozen regulariser, through network and metanetwork", async () => {
  const architecture = mlp({ sizes: [3, 4, 3, 2], activation: "tanh" });
  const net = createMetanetwork({ layers: 2, hidden: 3, nodeFeatures: 15, edges: [1], ratio: .5 }, {
    seed: 1,
  });
  const meta = metaStep(architecture, net, SPARSITY);
  const random = seededRandom(5);
  const feeds: Tensors = {
    input: float32(Array.from({ length: 15 }, () => random.normal()), [5, 3]),
    labels: int64([0, 1, 1, 0, 1]),
    ...meta.feeds(mlp({ sizes: [3, 4, 3, 2], activation: "tanh", seed: 2 })),
  };
  const names = Object.keys(net.weights);
  const changed = meta.model.graph.outputs.slice(1);

  const g = new GraphBuilder(fixedBatch(meta.model, 5).graph, meta.model.info.opsets);
  const labels = g.input("labels", "int64", [5]);
  const outputs = Object.fromEntries(meta.model.graph.outputs.map((name) => [name, name]));
  const value = meta.options.loss.value(g, outputs, { labels });
  const found = meta.options.loss.gradients!(g, value, names);
  const sparse = sparsityGradient(g, channelGroups(architecture), (name) => name, SPARSITY);
  g.output(value, "loss");
  for (const name of names) g.output(found[name]!, `slope.${name}`);
  for (const [name, direction] of Object.entries(sparse)) g.output(direction, `sparse.${name}`);

  const base = inFloat64(g.model());
  const wide = Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [name, wider(tensor) as Tensor]),
  );
  const runtime = await openRuntime({ engine: "native" });
  const session = await runtime.session(withWeightInputs(base, names));
  const run = (weights: Tensors) => session.run({ ...wide, ...weights });
  const weights = Object.fromEntries(names.map((name) => [name, wider(net.weights[name]!) as Tensor]));
  const here = await run(weights);
  const objective = (at: Tensors) =>
    Number(at.loss!.data[0]) + changed.reduce((sum, name) => {
      const direction = here[`sparse.${name}`];
      if (!direction) return sum;
      const moved = numbersOf(at[name]!);
      return sum + numbersOf(direction).reduce((total, s, i) => total + s * moved[i]!, 0);
    }, 0);
  for (const name of names) {
    const size = weights[name]!.size;
    const picks = [0, Math.floor(size / 2), size - 1];
    for (const i of picks) {
      const moved = (by: number) => {
        const data = Float64Array.from(weights[name]!.data as Float64Array);
        data[i]! += by;
        return { ...weights, [name]: new Tensor("float64", data, weights[name]!.dims) };
      };
      const step = 1e-5;
      const slope = (objective(await run(moved(step))) - objective(await run(moved(-step)))) / (2 * step);
      assertClose([numbersOf(here[`slope.${name}`]!)[i]!], [slope], CENTRAL_DIFFERENCE, `${name}[${i}]`);
    }
  }
  await session.release();
  await runtime.close();
});

Deno.test("a step that computes the metanetwork's edges again ends where one that keeps them ends", async () => {
  const architecture = resnetCifar({ depth: 20, widths: [4, 6, 8], shortcut: "B", seed: 1 });
  const net = metanetworkFor(architecture, { layers: 1, hidden: 4, seed: 1 });
  const runtime = await openRuntime({ engine: "native" });
  const after = async (recompute: boolean) => {
    const meta = metaStep(architecture, net, { ...SPARSITY, recompute });
    const step = trainingStep(meta.model, meta.options);
    const session = await runtime.session(step.model, { carry: step.carry });
    await session.setState(step.state);
    const { loss } = step;
    const losses: number[] = [];
    for (let i = 0; i < 2; i++) {
      const outputs = await session.run({
        input: float32(Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i)), [2, 3, 32, 32]),
        [step.targets.labels!]: int64([0, 1]),
        ...meta.feeds(architecture),
        ...step.scalarFeeds(i, 0.01),
      });
      losses.push(Number(outputs[loss]!.data[0]));
    }
    return {
      losses,
      again: step.model.graph.nodes.some(({ outputs }) => /again/.test(outputs[0]!)),
      state: await session.state(),
    };
  };
  const [kept, again] = [await after(false), await after(true)];
  assert.deepEqual([kept.again, again.again], [false, true]);
  assert.notEqual(kept.losses[0], kept.losses[1]);
  assertClose(again.losses, kept.losses, REORDERED_FLOAT32);
  for (const name of Object.keys(net.weights)) {
    assertClose(numbersOf(again.state[name]!), numbersOf(kept.state[name]!), REORDERED_FLOAT32, name);
  }
  await runtime.close();
});

Deno.test("with the batch's statistics a step's loss is that of the changed network in training", async () => {
  const architecture = resnetCifar({ depth: 20, widths: [4, 6, 8], seed: 1 });
  const net = metanetworkFor(architecture, { layers: 1, hidden: 4, ratio: .5, seed: 1 });
  const images = float32(Array.from({ length: 4 * 3 * 32 * 32 }, (_, i) => Math.sin(i)), [4, 3, 32, 32]);
  const labels = int64([0, 1, 2, 1]);
  const runtime = await openRuntime({ engine: "native" });
  const lossOf = async (step: TrainingStep, feeds: Tensors) => {
    const session = await runtime.session(step.model, { carry: step.carry });
    await session.setState(step.state);
    const target = { [step.targets.labels!]: labels };
    const outputs = await session.run({ input: images, ...target, ...feeds, ...step.scalarFeeds(0, 0.01) });
    await session.release();
    return Number(outputs[step.loss]!.data[0]);
  };
  const ofStep = async (statistics: "batch" | "stored") => {
    const meta = metaStep(architecture, net, { statistics });
    return await lossOf(trainingStep(meta.model, meta.options), meta.feeds(architecture));
  };
  const changed = await applyMetanetwork(architecture, net, { runtime });
  const expected = await lossOf(trainingStep(changed), {});
  assertClose([await ofStep("batch")], [expected], REORDERED_FLOAT32);
  assert.ok(Math.abs(await ofStep("stored") - expected) > 0.1, "stored statistics are others");
  await runtime.close();
});

Deno.test("a data model of another width is refused", () => {
  const net = createMetanetwork({ nodeFeatures: 15, edges: [1] });
  const meta = metaStep(mlp({ sizes: [3, 4, 2] }), net);
  assert.throws(() => meta.feeds(mlp({ sizes: [3, 5, 2] })), /one architecture and the same widths/);
});

function fixedBatch(model: Model, rows: number): Model {
  const values = new Map(
    [...model.graph.values].filter(([name]) =>
      model.graph.inputs.includes(name) || model.graph.initializers.has(name)
    ),
  );
  values.set("input", { type: "float32", shape: [rows, 3] });
  return inferShapes(model.withGraph({ ...model.graph, values }));
}

function withWeightInputs(model: Model, names: readonly string[]): Model {
  const initializers = new Map(model.graph.initializers);
  for (const name of names) initializers.delete(name);
  return model.withGraph({ ...model.graph, inputs: [...model.graph.inputs, ...names], initializers });
}
