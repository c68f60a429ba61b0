import assert from "node:assert/strict";
import { seededRandom } from "../../../lib/random.ts";
import {
  BETTER,
  type Configuration,
  type Evaluator,
  RELEASED,
  type SearchTrace,
  type SweepRule,
} from "../../../lib/transformer/mod.ts";
import { blockOf, type ElementId } from "../../../lib/transformer/elements.ts";
import { startTrials } from "../../../lib/transformer/search/trials.ts";
import { sweep } from "../../../lib/transformer/search/sweep.ts";
import { EMPTY, GROUPS, HEADS, LAYERS, transformer } from "./small_encoder.ts";

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
    evaluate({ removed: given }: Configuration, abortAbove = Infinity) {
      // Attention that is gone computes nothing, hard or not.
      const removed = given.filter((id) => !given.some((other) => id === `hard-${other}`));
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
        assert.ok(step.bound! <= bound);
        bound = step.bound!;
        if (step.accepted) assert.ok(step.loss! < bound && step.wins! > 20);
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
    /^TypeError: Cannot go on with this trace: its search has x, where this one has made up;/,
  );
  const wrong = [{ ...steps[0]!, element: "attention.2" as const }, ...steps.slice(1)];
  await assert.rejects(
    go({ ...trials.trace, steps: wrong }),
    /where it tried to remove "attention.2", this search tries/,
  );
});

Deno.test("Where equal losses are accepted, what has no effect goes and is not given back", async () => {
  const rule: SweepRule = { ...BETTER, strict: false };
  const flat: Evaluator = {
    ...madeUp(0, 0),
    evaluate: () =>
      Promise.resolve({ loss: 1, losses: new Float64Array(40).fill(1), predictions: undefined }),
  };
  const { gone, steps } = await searched(flat, rule);
  const blocks = transformer.blocks.map(({ id }) => id).toSorted();
  assert.deepEqual(gone, blocks);
  assert.ok(steps.every(({ action, accepted }) => accepted === (action === "remove")));
});
