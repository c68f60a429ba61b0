import assert from "node:assert/strict";
import { float32, int64, type Tensor } from "../../../lib/tensor/tensor.ts";
import {
  axSearch,
  BETTER,
  type Configuration,
  maskElements,
  openEvaluator,
  RELEASED,
  removeElements,
  type SweepRule,
  transformerOf,
} from "../../../lib/transformer/mod.ts";
import { startTrials } from "../../../lib/transformer/search/trials.ts";
import { sweep } from "../../../lib/transformer/search/sweep.ts";
import { defaultRuntime } from "../../../lib/runtime/run_model.ts";
import { evaluate } from "../../../lib/train/evaluate.ts";
import { type Examples, toBatches } from "../../../lib/train/batches.ts";
import { edited } from "../networks.ts";
import { EMPTY, encoder, examples, GROUPS, transformer } from "./small_encoder.ts";

Deno.test("On a real network: one fed session gives what masked and removed networks give, stopped early or not", async () => {
  const data = await examples(90);
  const model = encoder();
  const { configuration, trace, before, after, change, alarm, summary } = await axSearch(model, data, {
    groups: GROUPS,
    k: 3,
    batchSize: 4,
  });
  assert.ok(configuration.removed.length > 0);
  assert.ok(after.loss < before.loss);
  const evaluated = await Promise.all(
    [maskElements(model, configuration), removeElements(model, configuration), model].map((each) =>
      evaluate(each, data)
    ),
  );
  for (const { loss } of evaluated.slice(0, 2)) {
    assert.ok(Math.abs(loss - after.loss) < 1e-5, `${loss} against ${after.loss}`);
  }
  assert.ok(Math.abs(evaluated[2]!.loss - before.loss) < 1e-5);
  assert.equal(before.score!.value, evaluated[2]!.accuracy);
  assert.equal(change!.flipped >= Math.abs(change!.onlyFirst - change!.onlySecond), true);
  assert.equal(alarm, undefined);
  assert.match(summary, /can go.*\. On the 90 examples that decided, the loss goes from .* accuracy from /);
  // Nothing that was cut short would have mattered: without early ends the same is decided.
  assert.ok(trace.steps.some(({ loss }) => loss === null), "no evaluation was cut short");
  const evaluator = await openEvaluator(transformer, data, {
    runtime: await defaultRuntime(),
    batchSize: 4,
  });
  const patient = { ...evaluator, evaluate: (c: Configuration) => evaluator.evaluate(c) };
  const trials = await startTrials(patient, { ...EMPTY, k: 3 }, { accept: BETTER, search: "patient" });
  await sweep(transformer, trials, BETTER);
  await evaluator.release();
  assert.deepEqual(
    trials.trace.steps.map(({ element, accepted }) => [element, accepted]),
    trace.steps.map(({ element, accepted }) => [element, accepted]),
  );
});

Deno.test("A head that nobody reads is kept under a strict rule, and goes where the loss may stay equal", async () => {
  const data = await examples(60);
  const model = edited(encoder(), (name, data, dims) => {
    if (!name.endsWith("layer.2.attention.output.dense.weight")) return;
    data.forEach((_, i) => i % dims[1]! >= 12 && (data[i] = 0));
  });
  const unread = transformerOf(model, { groups: GROUPS });
  const evaluator = await openEvaluator(unread, data, { runtime: await defaultRuntime() });
  for (const strict of [true, false]) {
    const trials = await startTrials(evaluator, EMPTY, {
      accept: { strict, minWins: "majority" },
      search: "one head",
    });
    const answer = await trials.ask({ action: "remove", element: "attention.2.head.3" });
    assert.deepEqual(answer, { accepted: !strict, loss: trials.reference.loss });
    assert.equal(trials.trace.steps[0]!.wins, 60);
  }
  await evaluator.release();
});

Deno.test("Where nothing can go, the result says so", async () => {
  const { configuration, summary } = await axSearch(encoder(), await examples(30), {
    groups: GROUPS,
    rule: { ...RELEASED, minWins: 31 },
  });
  assert.deepEqual(configuration.removed, []);
  assert.match(
    summary,
    /^Nothing can go: of \d+ elements tried none makes the loss of 0\.\d+ on 30 examples lower/,
  );
});

Deno.test("The mean of batch means overweights a short last batch, as released; the mean over examples does not know batches", async () => {
  const data = await examples(90);
  const losses = async (mean: "examples" | "batches", batchSize: number) => {
    const evaluator = await openEvaluator(transformer, data, {
      runtime: await defaultRuntime(),
      mean,
      batchSize,
    });
    const { loss, losses } = await evaluator.evaluate(EMPTY);
    await evaluator.release();
    return { loss, losses };
  };
  const { loss, losses: each } = await losses("batches", 64);
  const part = (from: number, to: number) => each.subarray(from, to).reduce((a, b) => a + b, 0) / (to - from);
  assert.ok(Math.abs(loss - (part(0, 64) + part(64, 90)) / 2) < 1e-12);
  assert.ok(Math.abs(loss - part(0, 90)) > 1e-4);
  for (const batchSize of [16, 64, 90]) {
    assert.ok(Math.abs((await losses("examples", batchSize)).loss - part(0, 90)) < 1e-6);
  }
});

Deno.test("Data that nothing was decided on choose among the states of a search", async () => {
  const [data, other] = [await examples(40), await examples(300, 1)];
  const model = encoder();
  const confirmed = await axSearch(model, data, { groups: GROUPS, confirm: other });
  const lossOn = async (configuration: Configuration) =>
    (await evaluate(maskElements(model, configuration), other)).loss;
  const plain = await axSearch(model, data, { groups: GROUPS });
  assert.ok(await lossOn(confirmed.configuration) <= await lossOn(plain.configuration) + 1e-6);
  assert.ok(await lossOn(confirmed.configuration) <= await lossOn(EMPTY) + 1e-6);
  assert.equal(plain.confirmed, undefined);
  assert.doesNotMatch(plain.summary, /confirm/);
  // Here they are against all that was decided, and the result says so.
  assert.ok(plain.configuration.removed.length > 0);
  assert.deepEqual(confirmed.configuration.removed, []);
  assert.deepEqual(confirmed.confirmed!.after, confirmed.confirmed!.before);
  assert.match(
    confirmed.summary,
    /^Nothing can go: what the 40 examples that decided let go raises the loss of \d[.\d]+ on the 300 that confirm$/,
  );
});

Deno.test("Data to confirm by that do not fit are refused before anything is tried", async () => {
  const [data, other] = [await examples(40), await examples(30, 1)];
  const labels = int64(Array.from({ length: 30 }, () => 7));
  let steps = 0;
  const confirm = { ...other, targets: { labels } };
  await assert.rejects(
    axSearch(encoder(), data, { groups: GROUPS, confirm, onStep: () => void steps++ }),
    /RangeError: .*label 7/,
  );
  assert.equal(steps, 0);
});

Deno.test("What a search is worth on the data that confirm is what evaluating the masked network gives", async () => {
  const data = await examples(40);
  const model = encoder();
  const half = await toBatches(data, { batchSize: 20, input: "input_ids", target: "labels" }).batch(0, 0);
  const { configuration, confirmed, summary } = await axSearch(model, data, {
    groups: GROUPS,
    confirm: half,
  });
  assert.ok(configuration.removed.length > 0);
  const { before, after, examples: count } = confirmed!;
  assert.equal(count, 20);
  for (const [judged, removed] of [[before, []], [after, configuration.removed]] as const) {
    const { loss, accuracy } = await evaluate(maskElements(model, { ...configuration, removed }), half);
    assert.ok(Math.abs(judged.loss - loss) < 1e-5, `${judged.loss} against ${loss}`);
    assert.equal(judged.score!.value, accuracy);
  }
  assert.ok(after.loss < before.loss);
  assert.match(
    summary,
    /can go.*\. On the 40 examples that decided, .*\. On the 20 that confirm, it goes from .* accuracy from /,
  );
});

Deno.test("A network that gives the majority's answer raises the alarm, although its loss is lower", async () => {
  const data = await examples(60);
  const labels = int64(Array.from({ length: 60 }, (_, i) => Number(i % 3 === 0)));
  // The classifier's bias speaks for class 0, and every block against it.
  const model = edited(encoder(), (name, data) => {
    if (name === "classifier.bias") data.set([1.2, 0]);
    if (name === "classifier.weight") data.forEach((value, i) => data[i] = 0.15 * value);
  });
  const { alarm, after, summary } = await axSearch(model, { ...data, targets: { labels } }, {
    groups: GROUPS,
    rule: { favour: "size", tolerance: 1 },
  });
  assert.ok(after.score!.histogram[0]! >= 57);
  assert.ok(summary.endsWith(`. But ${alarm}`));
  assert.match(
    alarm!,
    /^\d+\.\d % of the answers are class 0, which 66\.7 % of the examples are: the network gives the/,
  );
});

Deno.test("An alarm is raised by the data that confirm too, and where nothing goes", async () => {
  const data = await examples(40);
  const labelled = (label: (i: number) => number) => ({
    ...data,
    targets: { labels: int64(Array.from({ length: 40 }, (_, i) => label(i))) },
  });
  const model = edited(encoder(), (name, data) => name === "classifier.bias" && data.set([50, 0]));
  const rule = { ...RELEASED, minWins: 41 };
  const search = (decide: Examples, confirm?: Examples) =>
    axSearch(model, decide, { groups: GROUPS, rule, confirm });
  const [one, both] = [labelled(() => 0), labelled((i) => Number(i % 4 === 0))];
  const expected = "100.0 % of the answers are class 0, which 75.0 % of the examples are: the network gives";
  assert.equal((await search(one)).alarm, undefined);
  const decided = await search(both);
  assert.deepEqual(decided.configuration.removed, []);
  assert.ok(decided.alarm!.startsWith(expected) && decided.summary.endsWith(`. But ${decided.alarm}`));
  const confirmed = await search(one, both);
  assert.ok(confirmed.alarm!.startsWith(`on the 40 examples that confirm, ${expected}`), confirmed.alarm);
  assert.ok(confirmed.summary.endsWith(`. But ${confirmed.alarm}`));
});

Deno.test("A label that is no class, data without targets, and a stopped search are told in a sentence", async () => {
  const data = await examples(20);
  const model = encoder();
  const wrong = { ...data, targets: { labels: int64([...new Array(19).fill(0), 2]) } };
  await assert.rejects(
    axSearch(model, wrong),
    /^RangeError: Cannot compare with label 2: the model has 2 classes, so labels are 0 to 1$/,
  );
  await assert.rejects(
    axSearch(model, { ...data, targets: { words: data.targets as unknown as Tensor } } as never),
    /Cannot (make batches|tell the loss)/,
  );
  await assert.rejects(
    axSearch(model, { ...data, targets: { scores: float32(new Array(20).fill(0)) } }),
    /^TypeError: Cannot tell the loss from the targets "scores"/,
  );
  const abort = new AbortController();
  await assert.rejects(
    axSearch(model, data, {
      groups: GROUPS,
      signal: abort.signal,
      onStep: ({ steps }) => void (steps.length === 3 && abort.abort(new Error("enough"))),
    }),
    { message: "enough" },
  );
});

Deno.test("A rule that is none is told with the rules that there are", async () => {
  const data = await examples(10);
  const { gate: _gate, ...partial } = BETTER;
  for (
    const [rule, found] of [
      ["beter", '"beter"'],
      ["toString", '"toString"'],
      [{ favour: "sise" }, '{ favour: "sise" }'],
      [partial, "without gate"],
      [3, "3"],
    ] as const
  ) {
    await assert.rejects(axSearch(encoder(), data, { rule: rule as unknown as SweepRule }), {
      name: "TypeError",
      message: `Cannot search by the rule ${found}: expected "better", "released", { favour: "size" }, ` +
        '{ favour: "speed" }, or a rule of your own such as { ...BETTER, sweeps: 1 }',
    });
  }
});
