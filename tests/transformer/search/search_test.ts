import assert from "node:assert/strict";
import { bert } from "../../../lib/nn/bert.ts";
import { seededRandom } from "../../../lib/random.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, int64, sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import {
  axSearch,
  BETTER,
  type Configuration,
  crossEntropies,
  type Evaluator,
  maskElements,
  openEvaluator,
  RELEASED,
  removeElements,
  type SearchTrace,
  type SweepRule,
  transformerOf,
} from "../../../lib/transformer/mod.ts";
import { blockOf, type ElementId } from "../../../lib/transformer/elements.ts";
import { startTrials } from "../../../lib/transformer/search/trials.ts";
import { sweep } from "../../../lib/transformer/search/sweep.ts";
import { defaultRuntime } from "../../../lib/runtime/run_model.ts";
import { evaluate } from "../../../lib/train/evaluate.ts";
import { type Examples, toBatches } from "../../../lib/train/batches.ts";
import { edited, shaken } from "../networks.ts";

const [LAYERS, HEADS, GROUPS] = [3, 4, 5];

const encoder = () =>
  shaken(
    bert({
      layers: LAYERS,
      hidden: 16,
      heads: HEADS,
      neurons: 20,
      vocabulary: 30,
      positions: 8,
      types: 0,
      dropout: 0,
    }),
  );

const transformer = transformerOf(encoder(), { groups: GROUPS });

/** Losses of 40 examples as a made-up function of what is gone: each element shifts each example by its own amount. */
function madeUp(seed: number, harm: number): Evaluator {
  const effects = new Map<string, number[]>();
  const effect = (id: string, i: number) => {
    if (!effects.has(id)) {
      const random = seededRandom(seed, "effect", id);
      // A few elements harm; most are worth something.
      const mean = random.uniform() < harm ? -0.05 : 0.08;
      effects.set(id, Array.from({ length: 40 }, () => random.normal(mean, 0.06)));
    }
    return effects.get(id)![i]!;
  };
  return {
    examples: 40,
    labels: undefined,
    release: () => Promise.resolve(),
    evaluate({ removed }: Configuration, abortAbove = Infinity) {
      const losses = Float64Array.from(
        { length: 40 },
        (_, i) => Math.max(0, 1 + removed.reduce((sum, id) => sum + effect(id, i), 0)),
      );
      const loss = losses.reduce((a, b) => a + b, 0) / 40;
      return Promise.resolve({ loss: loss > abortAbove ? Infinity : loss, losses, predictions: undefined });
    },
  };
}

/** The released script, written again from its description, with sets for its five lists. */
async function releasedScript(evaluator: Evaluator): Promise<string[]> {
  const gone = new Set<ElementId>();
  const run = async (also: ElementId) =>
    await evaluator.evaluate({ groups: GROUPS, k: 30, renormalize: false, removed: [...gone, also] });
  const base = await evaluator.evaluate({ groups: GROUPS, k: 30, renormalize: false, removed: [] });
  let best = base.loss;
  const good = ({ loss, losses }: { loss: number; losses: Float64Array }) => {
    let better = 0;
    for (let i = 0; i < losses.length; i++) if (base.losses[i]! >= losses[i]!) better += 1;
    return loss < best && better > Math.floor(0.5 * losses.length);
  };
  const attempt = async (id: ElementId) => {
    const result = await run(id);
    const ok = good(result);
    if (ok) {
      gone.add(id);
      best = result.loss;
    }
    return { ok, loss: result.loss };
  };
  for (let layer = 0; layer < LAYERS; layer++) await attempt(`hard-attention.${layer}`);
  for (let layer = LAYERS - 1; layer >= 0; layer--) {
    const ffn = await attempt(`feed-forward.${layer}`);
    if (!ffn.ok && ffn.loss < 1.1 * best) {
      for (let group = 0; group < GROUPS; group++) await attempt(`feed-forward.${layer}.group.${group}`);
    }
    const attention = await attempt(`attention.${layer}`);
    if (!attention.ok && attention.loss < 1.1 * best) {
      for (let head = 0; head < HEADS; head++) await attempt(`attention.${layer}.head.${head}`);
    }
  }
  return [...gone].sort();
}

const EMPTY: Configuration = { groups: GROUPS, k: 30, renormalize: false, removed: [] };

async function searched(evaluator: Evaluator, rule: SweepRule, resume?: SearchTrace) {
  const trials = await startTrials(evaluator, EMPTY, { accept: rule, search: "made up", resume });
  await sweep(transformer, trials, rule);
  return { trials, steps: trials.trace.steps, gone: [...trials.gone].sort() };
}

Deno.test("The released rule decides as the released script does, on losses of any kind", async () => {
  let changed = 0;
  let fine = 0;
  for (let seed = 0; seed < 60; seed++) {
    const evaluator = madeUp(seed, 0.15 + 0.01 * seed);
    const { gone } = await searched(evaluator, RELEASED);
    assert.deepEqual(gone, await releasedScript(evaluator), `seed ${seed}`);
    if (gone.length > 0) changed++;
    if (gone.some((id) => id.includes("group") || id.includes("head"))) fine++;
  }
  assert.ok(changed > 40 && fine > 10, `${changed} searches removed something, ${fine} of them parts`);
});

Deno.test("Whatever the rule, the bound never rises, and what is accepted is below it and wins on most examples", async () => {
  const rules = [RELEASED, { ...RELEASED, gate: Infinity }, BETTER, {
    ...BETTER,
    layers: "bottom up",
    hard: "first",
  }] as SweepRule[];
  for (const rule of rules) {
    for (let seed = 0; seed < 10; seed++) {
      const { trials, steps } = await searched(madeUp(seed, 0.4), rule);
      let bound = Infinity;
      for (const step of steps) {
        assert.ok(step.bound <= bound);
        bound = step.bound;
        if (step.accepted) assert.ok(step.loss! < step.bound && step.wins! > 20);
      }
      assert.ok(trials.bound <= trials.trace.reference);
      const { loss } = await madeUp(seed, 0.4).evaluate({ ...EMPTY, removed: [...trials.gone] });
      assert.ok(Math.abs(loss - trials.bound) < 1e-12, "the state is what its loss was measured of");
      for (const id of trials.gone) {
        assert.ok(blockOf(id) === id || !trials.gone.has(blockOf(id)!), `${id} is gone twice`);
      }
    }
  }
});

Deno.test("The better rule ends no higher than one walk of it, and lower than the released one on most losses", async () => {
  let lower = 0;
  for (let seed = 0; seed < 30; seed++) {
    const evaluator = madeUp(seed, 0.4);
    const bounds = await Promise.all(
      [BETTER, { ...BETTER, sweeps: 1, restore: false }, RELEASED].map(async (rule) =>
        (await searched(evaluator, rule)).trials.bound
      ),
    );
    assert.ok(bounds[0]! <= bounds[1]!);
    if (bounds[0]! < bounds[2]!) lower++;
  }
  assert.ok(lower > 20, `lower in ${lower} of 30`);
});

Deno.test("A search that was stopped anywhere goes on to the same trace, and no step is computed again", async () => {
  for (const rule of [RELEASED, BETTER]) {
    const whole = await searched(madeUp(3, 0.4), rule);
    for (let steps = 0; steps <= whole.steps.length; steps += 7) {
      const stopped = JSON.parse(
        JSON.stringify({ ...whole.trials.trace, steps: whole.steps.slice(0, steps) }),
      );
      const evaluator = madeUp(3, 0.4);
      let computed = 0;
      const counting = {
        ...evaluator,
        evaluate: (c: Configuration, a?: number) => (computed++, evaluator.evaluate(c, a)),
      };
      const { trials } = await searched(counting, rule, stopped);
      assert.deepEqual(trials.trace, whole.trials.trace);
      assert.deepEqual([...trials.gone], [...whole.trials.gone]);
      assert.equal(computed, 1 + whole.steps.length - steps);
    }
  }
});

Deno.test("A trace of another search is refused", async () => {
  const { trials, steps } = await searched(madeUp(3, 0.4), RELEASED);
  const go = (trace: SearchTrace) => searched(madeUp(3, 0.4), RELEASED, trace);
  await assert.rejects(
    go({ ...trials.trace, examples: 41 }),
    /^TypeError: Cannot go on with this trace: its examples is 41/,
  );
  await assert.rejects(
    go({ ...trials.trace, search: "x" }),
    /^TypeError: Cannot go on with this trace: its search is x/,
  );
  const wrong = [{ ...steps[0]!, element: "attention.2" as const }, ...steps.slice(1)];
  await assert.rejects(
    go({ ...trials.trace, steps: wrong }),
    /where it tried to remove "attention.2", this search tries/,
  );
});

/** Random texts; labels are what the network itself says, some turned round. */
async function examples(count: number, seed = 0): Promise<Examples> {
  const random = seededRandom(seed, "examples");
  const dims = [count, 7];
  const inputs = {
    input_ids: int64(Array.from({ length: count * 7 }, () => 1 + random.integer(29)), dims),
    attention_mask: int64(
      Array.from({ length: count * 7 }, (_, i) => Number(i % 7 < 4 + Math.floor(i / 7) % 4)),
      dims,
    ),
  };
  const evaluator = await openEvaluator(transformer, {
    inputs,
    targets: { labels: int64(new Array(count).fill(0)) },
  }, {
    runtime: await defaultRuntime(),
  });
  const { predictions } = await evaluator.evaluate(EMPTY);
  await evaluator.release();
  const labels = predictions!.map((each) => random.uniform() < 0.8 ? each : 1 - each);
  return { inputs, targets: { labels: int64(labels) } };
}

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
    rule: { ...RELEASED, minWins: 30 },
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

Deno.test("Size: with a tolerance what saves most goes first, and the loss stays within it; a budget is met", async () => {
  const data = await examples(60);
  const model = encoder();
  const { configuration, trace, before, after } = await axSearch(model, data, {
    rule: { favour: "size", tolerance: 0.05 },
    groups: GROUPS,
  });
  assert.ok(configuration.removed.length > 0);
  assert.ok(after.loss <= 1.05 * before.loss);
  assert.deepEqual(
    trace.steps.slice(0, 3).map(({ element }) => element.split(".").length),
    [2, 2, 2],
    "blocks save most",
  );
  const tight = await axSearch(model, data, { rule: { favour: "size" }, groups: GROUPS });
  assert.ok(tight.after.loss <= before.loss);
  const count = ({ graph }: Model) =>
    [...graph.initializers.values()].reduce(
      (sum, { dims, type }) => sum + (type === "float32" ? sizeOf(dims) : 0),
      0,
    );
  const budgeted = await axSearch(model, data, { rule: { favour: "size", budget: 0.7 }, groups: GROUPS });
  const left = count(removeElements(model, budgeted.configuration)) / count(model);
  assert.ok(left <= 0.71 && left > 0.5, `${left} of the numbers are left`);
  await assert.rejects(
    axSearch(model, data, { rule: { favour: "size", budget: 0.01 }, groups: GROUPS }),
    /^RangeError: Cannot keep 1 %/,
  );
  await assert.rejects(
    axSearch(model, data, { rule: { favour: "size", tolerance: -1 }, groups: GROUPS }),
    /^RangeError: Cannot favour size with tolerance -1/,
  );
});

Deno.test("Speed: what saves most time, as measured here, goes first", async () => {
  const { configuration, before, after } = await axSearch(encoder(), await examples(30), {
    rule: { favour: "speed", tolerance: 0.1, inputShapes: { input_ids: [4, 8], attention_mask: [4, 8] } },
    groups: GROUPS,
  });
  assert.ok(after.loss <= 1.1 * before.loss);
  assert.ok(Array.isArray(configuration.removed));
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

Deno.test("Cross entropies of examples are those of float64, and regression has squared errors", async () => {
  const { losses, predictions } = crossEntropies({ logits: float32([2, -1, 0, 50, 300, -300], [3, 2]) }, {
    labels: int64([0, 0, 1]),
  });
  const expected = [Math.log1p(Math.exp(-3)), 50, 600];
  losses.forEach((loss, i) => assert.ok(Math.abs(loss - expected[i]!) < 1e-6));
  assert.deepEqual(predictions, [0, 1, 0]);
  const data = await examples(20);
  const regression = {
    ...data,
    targets: { expected: float32(Array.from({ length: 20 }, (_, i) => i / 20)) },
  };
  const one = bert({
    layers: LAYERS,
    hidden: 16,
    heads: HEADS,
    neurons: 20,
    vocabulary: 30,
    positions: 8,
    types: 0,
    dropout: 0,
    classes: 1,
  });
  const { before, after, alarm } = await axSearch(shaken(one), regression, { groups: GROUPS });
  assert.ok(after.loss <= before.loss);
  assert.deepEqual([before.score, alarm], [undefined, undefined]);
});
