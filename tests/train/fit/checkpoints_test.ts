import assert from "node:assert/strict";
import { dirname } from "node:path";
import { batchNorm2d } from "../../../lib/nn/layers.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { holdAlone } from "../../../lib/files/lock.ts";
import { encodeSafetensors } from "../../../lib/formats/safetensors.ts";
import { float32, Tensor } from "../../../lib/tensor/tensor.ts";
import { takeRows, toBatches, type TrainingData } from "../../../lib/train/batches.ts";
import type { Session } from "../../../lib/runtime/runtime.ts";
import { fingerprint, readCheckpoint, writeCheckpoint } from "../../../lib/train/checkpoint.ts";
import { fit } from "../../../lib/train/fit.ts";
import { requireTrained, saverOf, startOrResume } from "../../../lib/train/fit/checkpoints.ts";
import { setUp } from "../../../lib/train/fit/setup.ts";
import { constantRate } from "../../../lib/train/schedules.ts";
import { moons, network } from "../moons.ts";
import { inFolder } from "../../in_folder.ts";

const options = { epochs: 5, batchSize: 10, schedule: constantRate(0.1) };
const setupOf = (checkpoint: string | { path: string; everySteps?: number }, more: object = {}) =>
  setUp(network(), moons(20, 1), { ...options, checkpoint, ...more });

const withPath = (use: (path: string) => Promise<void>) => inFolder((folder) => use(`${folder}/run`));

Deno.test("a run is saved every so many steps where that was asked for, and begins again where it was", () =>
  withPath(async (path) => {
    const setup = setupOf({ path, everySteps: 3 });
    const run = await startOrResume(setup, "native");
    const session = { state: () => Promise.resolve(setup.step.state) } as unknown as Session;
    const saver = saverOf(setup, run, session);
    const saved: (number | undefined)[] = [];
    for (run.step = 1; run.step <= 7; run.step++) {
      await saver.saveIfDue();
      saved.push((await readCheckpoint(path))?.step);
    }
    assert.deepEqual(saved, [undefined, undefined, 3, 3, 3, 6, 6]);
    const again = await startOrResume(setupOf(path), "native");
    assert.deepEqual([again.step, again.fingerprint], [6, run.fingerprint]);
    assert.deepEqual(
      again.rates.map(([step]) => step),
      [0, 1, 2, 3, 4, 5],
      "each rate once, the last one too",
    );
  }));

Deno.test("a checkpoint that cannot be written is refused before a step is taken; a finished run is still read", () =>
  withPath(async (path) => {
    const train = (checkpoint: string, afterEpoch = () => {}) =>
      fit(network(), moons(20, 1), { ...options, checkpoint, afterEpoch });
    let epochs = 0;
    for (
      const [place, why] of [[`${path}/no/file`, /No such file|Not a directory/], [
        dirname(path),
        /directory/,
      ]] as const
    ) {
      await assert.rejects(train(place, () => void epochs++), why);
    }
    assert.equal(epochs, 0);
    await train(path);
    await Deno.chmod(dirname(path), 0o500);
    assert.equal((await train(path)).history.length, 5);
    await Deno.chmod(dirname(path), 0o700);
  }));

Deno.test("a checkpoint of another run is refused, with the reason", () =>
  withPath(async (path) => {
    const setup = setupOf(path);
    const run = await startOrResume(setup, "native");
    run.step = 4;
    await saverOf(setup, run, { state: () => Promise.resolve(setup.step.state) } as unknown as Session)
      .save();
    const others: [object, RegExp][] = [
      [{ seed: 1 }, /other settings/],
      [{ batchSize: 5 }, /other settings/],
      [{ augment: (batch: unknown) => batch }, /other settings/],
      [{ schedule: constantRate(0.2) }, /the schedule gives other learning rates/],
      [{ epochs: 1 }, /it holds 4 steps, more than the 2 asked for/],
    ];
    for (const [more, message] of others) {
      await assert.rejects(startOrResume(setupOf(path, more), "native"), { name: "TypeError", message });
    }
    assert.equal((await startOrResume(setupOf(path, { epochs: 2 }), "native")).step, 4);
  }));

Deno.test("a run with other running statistics frozen is another one", () =>
  withPath(async (path) => {
    const g = new GraphBuilder("normed");
    const x = batchNorm2d(g, g.input("input", "float32", ["N", 2]), { name: "bn", features: 2 });
    g.output(g.matMul(x, g.parameter("w", float32([1, 2, 3, 4], [2, 2]))), "logits");
    const frozen = (names: string[]) =>
      setUp(g.model(), moons(20, 1), {
        ...options,
        checkpoint: path,
        freeze: ({ name }) => names.includes(name),
      });
    const setup = frozen(["bn.running_mean"]);
    const run = await startOrResume(setup, "native");
    await saverOf(setup, run, { state: () => Promise.resolve(setup.step.state) } as unknown as Session)
      .save();
    const other = startOrResume(frozen(["bn.running_mean", "bn.running_var"]), "native");
    await assert.rejects(other, { name: "TypeError", message: /other settings/ });
    assert.equal((await startOrResume(frozen(["bn.running_mean"]), "native")).fingerprint, run.fingerprint);
    const none = ["bn.weight", "w"].map((name) => frozen([name]).step.describe.join());
    assert.ok(
      none.every((text) => !text.includes("frozen")),
      "what stays out is not among the parameters anyway",
    );
  }));

Deno.test("weights that are no numbers are not saved", () => {
  requireTrained({ w: float32([1, -3e38], [2]) }, 3);
  for (const bad of [NaN, Infinity, -Infinity]) {
    assert.throws(() => requireTrained({ w: float32([1, bad], [2]) }, 3), {
      name: "RangeError",
      message: new RegExp(
        `^Cannot go on training after 3 steps: weight "w" holds ${bad} at place 1, .*lower rate`,
      ),
    });
  }
});

Deno.test("two that train with one checkpoint: the second is told who does, unless all is done", () =>
  inFolder(async (folder) => {
    const path = `${folder}/run`;
    const train = (more: object = {}) =>
      fit(network(), moons(20, 1), { ...options, checkpoint: path, ...more });
    let second: Promise<unknown> | undefined;
    const afterEpoch = async () => {
      second ??= assert.rejects(train(), {
        message: /^Cannot train with the checkpoint .*run: process \d+ on .* is at it; wait until/,
      });
      await second;
    };
    const { history } = await train({ afterEpoch });
    assert.ok(second);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["run"]);
    await using _other = await holdAlone(path, "train");
    assert.deepEqual((await train()).history, history, "what is finished is only read");
  }));

/** 200 rows as examples in memory, as a stream, and as ready batches; one row may be another one. */
function kinds(changed?: number): Record<string, TrainingData> {
  const { inputs, targets } = moons(200, 1) as { inputs: Tensor; targets: Tensor };
  const data = (inputs.data as Float32Array).slice();
  if (changed !== undefined) data[2 * changed]! += 1e-6;
  const examples = { inputs: new Tensor("float32", data, inputs.dims), targets };
  const digest = () => Promise.resolve(`${changed}`);
  const read = (rows: Uint32Array) =>
    Promise.resolve({ inputs: takeRows(examples.inputs, rows), targets: takeRows(targets, rows) });
  const batches = toBatches(examples, { batchSize: 10, input: "input", target: "labels" });
  return { examples, stream: { count: 200, read, digest }, batches: { ...batches, digest } };
}

Deno.test("one changed row of two hundred, of training, validation or scored data, is another run; so is an engine", () =>
  withPath(async (path) => {
    for (const kind of Object.keys(kinds())) {
      const few = { ...options, epochs: 1, batchSize: kind === "batches" ? undefined : 10 };
      const start = (data: TrainingData, more: object = {}, engine = "native") =>
        startOrResume(setUp(network(), data, { ...few, checkpoint: path, ...more }), engine);
      const data = kinds()[kind]!;
      const validated = { validation: kinds()[kind]!, scoreData: kinds()[kind]! };
      const setup = setUp(network(), data, { ...few, checkpoint: path, ...validated });
      const session = { state: () => Promise.resolve(setup.step.state) } as unknown as Session;
      const run = await startOrResume(setup, "native");
      await saverOf(setup, run, session).save();
      assert.equal((await start(data, validated)).fingerprint, run.fingerprint);
      for (const row of [0, 57, 199]) {
        const other = kinds(row)[kind]!;
        await assert.rejects(start(other, validated), /it is of a run with other data; use/);
        await assert.rejects(
          start(data, { ...validated, validation: other }),
          /with other validation data; use/,
        );
        await assert.rejects(
          start(data, { ...validated, scoreData: other }),
          /with other data to judge by; use/,
        );
      }
      await assert.rejects(start(data, validated, "webgpu"), /with another engine; use/);
      await assert.rejects(start(data, { ...validated, seed: 3 }), /with other settings; use/);
      await Deno.remove(path);
    }
  }));

Deno.test("a checkpoint that does not say what data its run was judged by goes on with any", () =>
  withPath(async (path) => {
    const setup = setupOf(path);
    const run = await startOrResume(setup, "native");
    const session = { state: () => Promise.resolve(setup.step.state) } as unknown as Session;
    await saverOf(setup, run, session).save();
    const judged = setupOf(path, { scoreData: moons(20, 2) });
    const again = await startOrResume(judged, "native");
    await saverOf(judged, again, session).save();
    await startOrResume(judged, "native");
    await assert.rejects(
      startOrResume(setupOf(path, { scoreData: moons(20, 3) }), "native"),
      /with other data to judge by; use/,
    );
  }));

Deno.test("a checkpoint of an older version, for which the first batch stood for the data, goes on", () =>
  withPath(async (path) => {
    const setup = setupOf(path);
    const run = await startOrResume(setup, "native");
    const { inputs, targets } = await setup.batches.batch(0, 0);
    const old = await fingerprint(
      [network().toOnnx(), encodeSafetensors(inputs), encodeSafetensors(targets)],
      [...setup.step.describe, "seed 0", "steps per epoch 2", "augment "],
    );
    const { parts: _, ...rest } = run;
    await writeCheckpoint(path, { ...rest, fingerprint: old, step: 1, rates: [[0, 0.1]] });
    assert.equal((await startOrResume(setup, "native")).step, 1);
    await assert.rejects(startOrResume(setupOf(path, { seed: 1 }), "native"), /other settings/);
  }));
