import assert from "node:assert/strict";
import { fit } from "../../lib/train/fit.ts";
import type { FitOptions } from "../../lib/train/fit.ts";
import { adam, sgd } from "../../lib/train/optimizers.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { trainingStep } from "../../lib/train/training_step.ts";
import { float32, type Tensor } from "../../lib/tensor/tensor.ts";
import { weightsOf } from "../../lib/nn/weights.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { withEngine } from "./engines.ts";
import { moons, network } from "./moons.ts";

const base = { batchSize: 50, schedule: constantRate(0.1), seed: 3 };

withEngine("patience ends a run, and the best epoch by score is kept", "native", async (runtime) => {
  const scores = [0.5, 0.7, 0.6, 0.65, 0.9, 0.8, 0.8, 0.9, 0.1];
  const train = (patience: number | undefined, more: Partial<FitOptions> = {}) =>
    fit(network(), moons(100, 1), {
      ...base,
      epochs: 9,
      runtime,
      score: (_, { epoch }) => scores[epoch - 1]!,
      ...patience !== undefined && { patience },
      ...more,
    });
  // The first epoch that is no better ends it; one, and two, are forgiven.
  for (const [patience, epochs, best] of [[0, 3, 2], [1, 4, 2], [2, 8, 5], [undefined, 9, 5]] as const) {
    const result = await train(patience);
    assert.deepEqual(result.history.map(({ score }) => score), scores.slice(0, epochs));
    assert.deepEqual([result.best!.epoch, result.best!.score], [best, scores[best - 1]]);
  }
  const weights = (model: Parameters<typeof weightsOf>[0]) =>
    weightsOf(model).map(({ tensor }) => tensor.data);
  assert.deepEqual(weights((await train(2)).best!.model), weights((await train(undefined)).best!.model));
  await assert.rejects(train(-1), /Cannot train with patience -1: expected a whole number from 0/);
  await assert.rejects(
    train(undefined, { score: () => NaN }),
    /Cannot judge epoch 1: the option "score" gave NaN/,
  );
  const { score: _, ...unjudged } = { ...base, epochs: 2, score: 0, patience: 1, runtime };
  await assert.rejects(fit(network(), moons(100, 1), unjudged), /nothing says which epochs are better/);
});

withEngine(
  "a run that ended by patience, or was stopped, resumes to the same end",
  "native",
  async (runtime) => {
    const folder = await Deno.makeTempDir();
    try {
      const scores = [0.5, 0.7, 0.6, 0.65];
      const train = (checkpoint?: string, signal?: AbortSignal) =>
        fit(network(), moons(100, 1), {
          ...base,
          epochs: 9,
          patience: 1,
          runtime,
          score: (_, { epoch }) => scores[epoch - 1]!,
          // What is drawn for a batch is drawn again.
          augment: (batch, random) => ({
            ...batch,
            inputs: Object.fromEntries(
              Object.entries(batch.inputs).map(([name, { data, dims }]) => [
                name,
                float32((data as Float32Array).map((value) => value + 0.1 * random.uniform()), dims),
              ]),
            ),
          }),
          ...checkpoint && { checkpoint },
          ...signal && { signal },
          progress: {
            start: () => {},
            step: (done) => done === 5 && signal ? abort.abort(new Error("enough")) : undefined,
            close: () => {},
          },
        });
      const abort = new AbortController();
      const path = `${folder}/checkpoint`;
      await assert.rejects(train(path, abort.signal), /enough/);
      const bytes = (
        { model, best }: Awaited<ReturnType<typeof train>>,
      ) => [model.toOnnx(), best!.model.toOnnx()];
      const whole = await train();
      assert.equal(whole.history.length, 4);
      assert.deepEqual(bytes(await train(path)), bytes(whole));
      assert.deepEqual(bytes(await train(path)), bytes(whole), "once it has ended");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

withEngine("each parameter is changed by its own optimizer, at its own rate", "native", async (runtime) => {
  const model = network();
  const { inputs, targets } = moons(20, 1) as { inputs: Tensor; targets: Tensor };
  const take = async (options: Parameters<typeof trainingStep>[1]) => {
    const step = trainingStep(model, options);
    const session = await runtime.session(step.model, { carry: step.carry });
    await session.setState(step.state);
    for (let i = 0; i < 3; i++) {
      await session.run({
        [step.inputs[0]!]: inputs,
        [step.targets.labels!]: targets,
        ...step.scalarFeeds(i, 0.05),
      });
    }
    const state = await session.state();
    await session.release();
    return { state, step };
  };
  const isBias = ({ role }: { role: string }) => role === "bias";
  // Three ways: biases alone by SGD, weights alone by Adam, and both at once.
  const plain = sgd({ momentum: 0.5, nesterov: false });
  const both = await take({
    optimizer: adam({ weightDecay: 0.01 }),
    groups: (weight) => isBias(weight) ? { optimizer: plain, rateFactor: 3 } : {},
  });
  const names = weightsOf(model).map(({ name, role }) => ({ name, role }));
  const kinds = Object.keys(both.step.state);
  for (const { name, role } of names) {
    const own = kinds.filter((kind) => kind !== name && kind.endsWith(`.${name}`)).map((kind) =>
      kind.split(".")[0]
    );
    assert.deepEqual(own, role === "bias" ? ["momentum"] : ["mean", "square"], name);
  }
  // The first step does not depend on what the others do: it is that of a run with one optimizer for all.
  const once = async (options: Parameters<typeof trainingStep>[1]) => {
    const step = trainingStep(model, options);
    const session = await runtime.session(step.model, { carry: step.carry });
    await session.setState(step.state);
    await session.run({
      [step.inputs[0]!]: inputs,
      [step.targets.labels!]: targets,
      ...step.scalarFeeds(0, 0.05),
    });
    const state = await session.state();
    await session.release();
    return state;
  };
  const [mixed, byAdam, bySgd] = [
    await once({
      optimizer: adam({ weightDecay: 0.01 }),
      groups: (weight) => isBias(weight) ? { optimizer: plain, rateFactor: 3 } : {},
    }),
    await once({ optimizer: adam({ weightDecay: 0.01 }) }),
    await once({ optimizer: plain, groups: () => ({ rateFactor: 3 }) }),
  ];
  for (const { name, role } of names) {
    const expected = (role === "bias" ? bySgd : byAdam)[name]!.data as Float32Array;
    assertClose(mixed[name]!.data as Float32Array, expected, REORDERED_FLOAT32, name);
  }
  assert.ok(both.step.describe.some((line) => /sgd\(0.5, false, 0\)/.test(line)), "the checkpoint knows");
});
