import { match, rejects, throws } from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { adam, adamW, sgd } from "../../lib/train/optimizers.ts";
import { cosine } from "../../lib/train/schedules.ts";
import { evaluate } from "../../lib/train/evaluate.ts";
import { fit } from "../../lib/train/fit.ts";
import { float32 } from "../../lib/tensor/tensor.ts";

/** What plain JavaScript, or a notebook cell, would pass without a type checker. */
const untyped = (value: unknown): never => value as never;

const MODEL = mlp({ sizes: [4, 8, 2] });
const DATA = { inputs: float32([0, 1, 1, 0], [1, 4]), targets: [1] };

Deno.test("training that is asked for without something is told what it needs", async () => {
  await rejects(
    fit(MODEL, DATA, untyped(undefined)),
    /^TypeError: Cannot call fit without options: expected at least \{ epochs: 10 \}, how often/,
  );
  await rejects(fit(MODEL, DATA, untyped({})), /^RangeError: .*as in fit\(model, data, \{ epochs: 10 \}\)/);
  for (const work of [fit, evaluate]) {
    await rejects(
      work(MODEL, untyped(undefined), untyped(undefined)),
      /without data: expected \{ inputs, targets \}/,
    );
    await rejects(
      work(MODEL, untyped({ epochs: 3 }), untyped({})),
      /on data of epochs: expected \{ inputs, targets/,
    );
    await rejects(
      work(MODEL, untyped(Promise.resolve(DATA)), untyped({})),
      /on data of a promise, which is to/,
    );
  }
});

Deno.test("options of training that do not exist are errors that name the ones that were meant", async () => {
  const meant = {
    learningRate: "schedule",
    epoch: "epochs",
    batch_size: "batchSize",
    optimiser: "optimizer",
  };
  for (const [name, other] of Object.entries(meant)) {
    const said = await fit(MODEL, DATA, untyped({ epochs: 1, [name]: 1 })).catch(String);
    match(String(said), new RegExp(`Cannot call fit with option "${name}": did you mean "${other}"`));
  }
  await rejects(
    fit(MODEL, DATA, untyped({ epochs: 1, groups: () => ({ lr: 0.1 }) })),
    /Cannot call fit with groups with option "lr": did you mean "rateFactor"/,
  );
  await rejects(
    fit(MODEL, DATA, untyped({ epochs: 1, checkpoint: { file: "x" } })),
    /Cannot call fit with checkpoint with option "file": .*path, everySteps/,
  );
  for (const name of ["run.onnx", "run.pt"]) {
    await rejects(
      fit(MODEL, DATA, untyped({ epochs: 1, checkpoint: name })),
      /^RangeError: Cannot save a checkpoint as run\.\w+: expected a name in \.safetensors, such as run\.safetensors/,
    );
  }
  await rejects(evaluate(MODEL, DATA, untyped({ batchsize: 2 })), /did you mean "batchSize"/);
  for (const optimizer of [sgd, adam, adamW]) {
    throws(() => optimizer(untyped({ lr: 0.1 })), /option "lr": the rate is the schedule's, as in fit\(/);
    throws(() => optimizer(untyped({ weight_decay: 0.1 })), /did you mean "weightDecay"/);
  }
  throws(() => adam(untyped({ eps: 1e-6 })), /did you mean "epsilon"/);
  throws(() => cosine(untyped({ lr: 0.1 })), /did you mean "rate"/);
});
