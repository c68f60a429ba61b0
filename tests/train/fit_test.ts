import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import type { Batch, Examples } from "../../lib/train/batches.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { distillation, meanSquaredError } from "../../lib/train/losses.ts";
import { type Optimizer, sgd } from "../../lib/train/optimizers.ts";
import { constantRate, oneCycle } from "../../lib/train/schedules.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { withEngine } from "./engines.ts";
import { moons, network } from "./moons.ts";

withEngine("fit learns what no line can tell apart, and says how it went", "native", async (runtime) => {
  const notes: string[] = [];
  const validation = moons(200, 2);
  const { model, best, history } = await fit(network(), moons(200, 1), {
    epochs: 30,
    batchSize: 32,
    schedule: oneCycle({ rate: 0.3 }),
    validation,
    runtime,
    progress: {
      start: (title, total) => void notes.push(`${title} ${total}`),
      step: (done, note) => void (done === 8 && notes.push(`8 ${note}`)),
      close: (note) => void notes.push(note!),
    },
  });
  const found = await evaluate(model, validation, { runtime, batchSize: 70 });
  assert.ok(found.accuracy! > 0.97, `${found.accuracy}`);
  assert.equal(found.examples, 200);
  assert.equal(history.length, 30);
  assert.deepEqual(Object.keys(history[29]!).sort(), [
    "epoch",
    "loss",
    "rate",
    "step",
    "validationAccuracy",
    "validationLoss",
  ]);
  assert.equal(history[29]!.step, 30 * 7);
  assertClose([history[29]!.validationLoss!], [found.loss], REORDERED_FLOAT32);
  assert.equal(history[29]!.validationAccuracy, found.accuracy);
  assert.equal(best!.score, Math.max(...history.map((row) => row.validationAccuracy!)));
  assert.equal(history[best!.epoch - 1]!.validationAccuracy, best!.score);
  assert.equal((await evaluate(best!.model, validation, { runtime })).accuracy, best!.score);
  assert.equal(notes[0], "Training mlp 210");
  assert.match(notes[1]!, /^8 epoch 1: loss \d\.\d{3}, [\d.]+ % right, now \d/);
  assert.match(notes[2]!, /^epoch 30: /);
});

withEngine("the same seed gives the same bits, another one others", "native", async (runtime) => {
  const weightsOf = async (seed: number) => {
    const { model } = await fit(network(), moons(50, 1), { epochs: 2, batchSize: 16, seed, runtime });
    return [...model.graph.initializers.values()].map((
      tensor,
    ) => [...(tensor as { data: Float32Array }).data]);
  };
  assert.deepEqual(await weightsOf(1), await weightsOf(1));
  assert.notDeepEqual(await weightsOf(1), await weightsOf(2));
});

withEngine(
  "batches come from a function of their place, and augmentation sees them",
  "native",
  async (runtime) => {
    const asked: string[] = [];
    const draws: number[] = [];
    const { inputs, targets } = moons(4, 1) as { inputs: never; targets: never };
    await fit(network(), {
      stepsPerEpoch: 2,
      batch(epoch, step): Batch {
        asked.push(`${epoch}.${step}`);
        return { inputs: { input: inputs }, targets: { labels: targets } };
      },
    }, {
      epochs: 2,
      runtime,
      augment: (batch, random) => {
        draws.push(random.bits());
        return batch;
      },
    });
    assert.deepEqual(asked, ["0.0", "0.1", "1.0", "1.1"]);
    assert.equal(new Set(draws).size, 4);
  },
);

withEngine("a student learns a teacher's logits, validated by labels alone", "native", async (runtime) => {
  const { inputs, targets } = moons(64, 1) as { inputs: never; targets: never };
  const teacher = float32(
    Array.from((targets as { data: BigInt64Array }).data, (y) => y ? [-3, 3] : [3, -3]).flat(),
    [64, 2],
  );
  const { history } = await fit(network(), { inputs, targets: { labels: targets, teacher } }, {
    epochs: 60,
    loss: distillation({ temperature: 2, weight: 1 }),
    schedule: constantRate(0.2),
    validation: { inputs, targets: { labels: targets } },
    runtime,
  });
  assert.ok(history.at(-1)!.loss < 0.3 * history[0]!.loss);
  assert.ok(history.at(-1)!.validationAccuracy! > 0.9);
});

withEngine("fit says what is wrong with data and settings", "native", async (runtime) => {
  const { inputs } = moons(3, 1);
  const refuse = (targets: Examples["targets"], options: object, error: object) =>
    assert.rejects(fit(network(), { inputs, targets }, { epochs: 1, runtime, ...options }), error);
  await refuse(int64([0, 1, 2]), {}, {
    name: "RangeError",
    message: "Cannot compare with label 2: the model has 2 classes, so labels are 0 to 1",
  });
  await refuse(int64([0, 1]), {}, {
    name: "TypeError",
    message:
      'Cannot make batches: "input" has 3 rows, but "labels" has 2; expected one row per example in each',
  });
  await refuse(int64([0, 1, 1]), { batchSize: 0 }, RangeError);
  await refuse(int64([0, 1, 1]), { epochs: 1.5 }, RangeError);
  await refuse(int64([0, 1, 1]), { loss: distillation() }, {
    name: "TypeError",
    message:
      'Cannot train with distillation(4, 0.9): it compares with the target "teacher", but the batch has "labels"',
  });
  await refuse(int64([0, 1, 1]), { epochs: 20, schedule: constantRate(1e30) }, {
    name: "RangeError",
    message:
      /^Cannot go on training "mlp": the loss became (NaN|Infinity) at step \d+ \(epoch \d+, learning rate 1e\+30\); use a lower rate/,
  });
  const fine = int64([0, 1, 1]);
  const rootOfLess: Optimizer = {
    ...sgd({ momentum: 0 }),
    update: (g, { value }) => ({ value: g.sqrt(g.sub(g.mul(value, 0), 1)), state: {} }),
  };
  // The one step's loss is computed before its update: only the weights show what came of it.
  await refuse(fine, { optimizer: rootOfLess }, {
    name: "RangeError",
    message: /^Cannot go on training after 1 steps: weight "0\.\w+" holds NaN at place \d+, .* lower rate/,
  });
  await refuse(fine, { schedule: constantRate(3e38), optimizer: sgd({ weightDecay: 1e3 }) }, {
    name: "RangeError",
    message: /^Cannot go on training after 1 steps: weight "\d\.\w+" holds -?Infinity at place/,
  });
  await refuse(fine, { schedule: () => NaN }, {
    name: "RangeError",
    message: "Cannot train with this schedule: it gives NaN at step 0 of 1, expected a learning rate, from 0",
  });
  await refuse(fine, { schedule: () => -1 }, {
    name: "RangeError",
    message: "Cannot train with this schedule: it gives -1 at step 0 of 1, expected a learning rate, from 0",
  });
  await refuse(fine, { schedule: 0.1 }, {
    name: "TypeError",
    message: /schedule 0\.1: .* constantRate\(0\.01\)/,
  });
  await refuse(fine, { loss: "crossEntropy" }, {
    name: "TypeError",
    message: 'Cannot train with loss "crossEntropy": expected a Loss, such as crossEntropy()',
  });
  await refuse(fine, { optimizer: sgd }, {
    name: "TypeError",
    message: "Cannot train with optimizer a function: expected an Optimizer, such as sgd()",
  });
  await refuse(fine, { checkpoint: "/nowhere/at/all" }, {
    name: "Error",
    message: /^Cannot save the checkpoint \/nowhere\/at\/all: /,
  });
  await refuse({ labels: [0, 1, 1] } as never, {}, {
    name: "TypeError",
    message: /^Cannot make batches: "labels" is no tensor/,
  });
  await refuse([0, 1, 1] as never, { loss: meanSquaredError() }, {
    name: "TypeError",
    message: /^Cannot make batches: "expected" is of the type Array and no tensor/,
  });
  await refuse(["no", "yes", "yes"] as never, {}, {
    name: "TypeError",
    message: /^Cannot use "no" as the label of example 0: expected the whole number of its class$/,
  });
  await assert.rejects(
    fit(network(), { inputs: float32([NaN, 0, 0, 0, 0, 0], [3, 2]), targets: fine }, { epochs: 1, runtime }),
    { name: "RangeError", message: /^Cannot train "mlp": the loss is NaN before the first update; look for/ },
  );
});

withEngine("a model that ends in a softmax is trained on what goes into it", "native", async (runtime) => {
  const plain = network();
  const g = new GraphBuilder({ ...plain.graph, outputs: [] });
  g.output(g.softmax("logits"), "probabilities");
  const options = { epochs: 2, batchSize: 8, runtime };
  const [a, b] = [await fit(plain, moons(20, 1), options), await fit(g.model(), moons(20, 1), options)];
  assert.deepEqual(a.history, b.history);
});

withEngine("frozen weights stay", "native", async (runtime) => {
  const start = network();
  const { model } = await fit(start, moons(20, 1), {
    epochs: 1,
    runtime,
    freeze: ({ name }) => name.startsWith("0."),
  });
  const data = (name: string, of = model) => (of.graph.initializers.get(name) as { data: Float32Array }).data;
  assert.deepEqual(data("0.weight"), data("0.weight", start));
  assert.notDeepEqual(data("2.weight"), data("2.weight", start));
});
