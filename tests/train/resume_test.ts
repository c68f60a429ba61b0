import assert from "node:assert/strict";
import { fit, type FitOptions } from "../../lib/train/fit.ts";
import { stepBytes } from "../../lib/train/memory/memory_budget.ts";
import { toBatches } from "../../lib/train/batches.ts";
import { adamW } from "../../lib/train/optimizers.ts";
import { trainingStep } from "../../lib/train/training_step.ts";
import { readCheckpoint } from "../../lib/train/checkpoint.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { seededRandom } from "../../lib/random.ts";
import { constantRate } from "../../lib/train/schedules.ts";
import { withEngine } from "./engines.ts";
import { assertSameBytes, work } from "./killed.ts";
import { bytesOf, EPOCHS, examples, run, smallNetwork } from "./resume_worker.ts";
import { inFolder } from "../in_folder.ts";
import { tagged } from "../tags.ts";

Deno.test(tagged("a run that is killed at any moment goes on bit for bit", "slow"), async () => {
  const folder = await Deno.makeTempDir();
  try {
    const random = seededRandom(Date.now() % 1000);
    let before = 1;
    for (let kills = 0; kills < 4; kills++) {
      await work(folder, { steps: 1 + random.integer(4), milliseconds: random.uniform(0, 20) });
      const left = await readCheckpoint(`${folder}/checkpoint`);
      // A run that is killed as soon as it has resumed is where the one before it was.
      assert.ok(left && left.step >= before, `at step ${left?.step}, but it had been at ${before}`);
      assert.ok(left.step < 3 * EPOCHS, "killed too late to test anything");
      before = left.step;
    }
    await work(folder);
    const whole = bytesOf(await run({}));
    assertSameBytes(await Deno.readFile(`${folder}/result`), whole);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

withEngine("an aborted run throws the reason, saves, and goes on bit for bit", "native", async (runtime) => {
  const folder = await Deno.makeTempDir();
  try {
    const checkpoint = `${folder}/checkpoint`;
    const abort = new AbortController();
    const progress = {
      start: () => {},
      step: (done: number) => done === 7 ? abort.abort(new Error("enough")) : undefined,
      close: () => {},
    };
    await assert.rejects(run({ checkpoint, progress, signal: abort.signal, runtime }), { message: "enough" });
    assert.equal((await readCheckpoint(checkpoint))!.step, 7);
    const resumed = await run({ checkpoint, runtime });
    assertSameBytes(bytesOf(resumed), bytesOf(await run({ runtime })));
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["checkpoint"]);
    // A run that is done comes back without a step.
    assertSameBytes(bytesOf(await run({ checkpoint, runtime })), bytesOf(resumed));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

withEngine(
  "a run that is stopped at the end of an epoch goes on there bit for bit",
  "native",
  async (runtime) => {
    const epochs = 3;
    const reason = { message: "enough" };
    const batches = toBatches(examples(30, 3), { batchSize: 10, input: "input", target: "labels" });
    /** Validation data that stop the run on the way, when they are gone through for this time. */
    const stopping = (abort: AbortController, time: number) => {
      let times = 0;
      const batch = (epoch: number, step: number) => {
        if (step === 0) times++;
        if (times === time && step === 1) abort.abort(new Error("enough"));
        return batches.batch(epoch, step);
      };
      return { stepsPerEpoch: batches.stepsPerEpoch, batch, digest: () => "the same" };
    };
    const validation = stopping(new AbortController(), 0);
    const whole = bytesOf(await run({ runtime, epochs, validation }));
    for (const time of [1, 2, epochs]) {
      await inFolder(async (folder) => {
        const options = { checkpoint: `${folder}/checkpoint`, epochs, runtime, validation };
        const abort = new AbortController();
        const { signal } = abort;
        await assert.rejects(run({ ...options, signal, validation: stopping(abort, time) }), reason);
        const left = (await readCheckpoint(options.checkpoint))!;
        assert.deepEqual([left.step, left.history.length], [3 * time, time - 1]);
        // Stopped again in the same place, by what is called behind validation.
        const again = new AbortController();
        const afterEpoch = () => {
          again.abort(new Error("enough"));
          again.signal.throwIfAborted();
        };
        await assert.rejects(run({ ...options, signal: again.signal, afterEpoch }), reason);
        assert.deepEqual((await readCheckpoint(options.checkpoint))!.history, left.history);
        assertSameBytes(bytesOf(await run(options)), whole);
        assertSameBytes(bytesOf(await run(options)), whole);
      });
    }
  },
);

withEngine("a checkpoint of another run is refused, of a shorter run goes on", "native", async (runtime) => {
  const folder = await Deno.makeTempDir();
  try {
    const checkpoint = `${folder}/checkpoint`;
    const schedule = constantRate(0.01);
    await run({ checkpoint, epochs: 1, schedule, runtime });
    const refused = (options: Parameters<typeof run>[0], reason: RegExp) =>
      assert.rejects(run({ checkpoint, schedule, runtime, ...options }), {
        name: "TypeError",
        message: reason,
      });
    await refused(
      { ema: 0.99 },
      /^Cannot resume from .*: it is of a run with other settings; use what it was begun with/,
    );
    await refused({ seed: 5 }, /other settings/);
    await refused({ augment: (batch) => batch }, /other settings/);
    await refused({ batchSize: 8 }, /other settings/);
    await refused({ schedule: constantRate(0.1) }, /the schedule gives other learning rates/);
    await refused({ epochs: 0 }, /it holds 3 steps, more than the 0 asked for/);
    await assert.rejects(
      fit(mlp({ sizes: [2, 3] }), { inputs: float32([1, 2], [1, 2]), targets: examples(1, 1).targets }, {
        epochs: 1,
        checkpoint,
        runtime,
      }),
      /Cannot resume/,
    );
    assert.equal((await run({ checkpoint, epochs: 2, schedule, runtime })).history.length, 2);
    await Deno.writeFile(checkpoint, (await Deno.readFile(checkpoint)).subarray(0, 3000));
    await assert.rejects(run({ checkpoint, runtime }), { name: "SyntaxError" });
    assert.equal(smallNetwork().graph.outputs[0], "logits");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

withEngine("a run under a memory budget that was stopped goes on bit for bit", "native", async (runtime) => {
  const folder = await Deno.makeTempDir();
  try {
    const model = resnetCifar();
    const random = seededRandom(6);
    const pixels = Array.from({ length: 12 * 3 * 32 * 32 }, () => random.normal());
    const data = {
      inputs: float32(pixels, [12, 3, 32, 32]),
      targets: Array.from({ length: 12 }, (_, i) => i % 10),
    };
    const whole = stepBytes(trainingStep(model, { optimizer: adamW() }), {
      inputShapes: { [model.graph.inputs[0]!]: [4, 3, 32, 32] },
    });
    const notes: string[] = [];
    const abort = new AbortController();
    const train = (options: Partial<FitOptions>) =>
      fit(model, data, {
        epochs: 2,
        batchSize: 4,
        optimizer: adamW(),
        memory: 0.85 * whole,
        runtime,
        ...options,
      });
    const checkpoint = `${folder}/checkpoint`;
    const progress = {
      start: () => {},
      step: (done: number, note = "") => {
        notes.push(note);
        if (done === 4) abort.abort(new Error("enough"));
      },
      close: () => {},
    };
    await assert.rejects(train({ checkpoint, progress, signal: abort.signal }), { message: "enough" });
    assert.match(notes[0]!, /[1-9]\d* % of the forward pass twice$/);
    assert.equal((await readCheckpoint(checkpoint))!.step, 4);
    const [resumed, once] = [await train({ checkpoint }), await train({})];
    assert.deepEqual(resumed.history, once.history);
    for (const [name, tensor] of once.model.graph.initializers) {
      assert.deepEqual(resumed.model.graph.initializers.get(name), tensor, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
