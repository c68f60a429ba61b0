import assert from "node:assert/strict";
import type { ElementId } from "../../../lib/transformer/elements.ts";
import { BETTER, type Evaluator, type SearchTrace } from "../../../lib/transformer/mod.ts";
import { changed, startTrials } from "../../../lib/transformer/search/trials.ts";
import { EMPTY } from "./small_encoder.ts";

const gone = new Set<ElementId>(["attention.1.head.0", "attention.1.head.2", "attention.0.head.1"]);

Deno.test("a block that goes takes its own parts along, and no other's", () => {
  const next = changed(gone, { action: "remove", element: "attention.1" });
  assert.deepEqual([...next].toSorted(), ["attention.0.head.1", "attention.1"]);
  assert.equal(gone.size, 3);
});

Deno.test("a part that goes is added, one that comes back alone is given back", () => {
  const more = changed(gone, { action: "remove", element: "feed-forward.0.group.3" });
  assert.deepEqual([more.size, more.has("feed-forward.0.group.3")], [4, true]);
  const less = changed(gone, { action: "restore", element: "attention.1.head.0" });
  assert.deepEqual([...less], ["attention.1.head.2", "attention.0.head.1"]);
});

/** Two examples whose losses are those given, whatever is gone. */
const fixed = (...losses: number[]): Evaluator => ({
  examples: 2,
  labels: undefined,
  evaluate: () =>
    Promise.resolve({
      loss: (losses[0]! + losses[1]!) / 2,
      losses: Float64Array.from(losses),
      predictions: undefined,
    }),
  release: () => Promise.resolve(),
});

Deno.test("each step gives a trace of its own, which later steps do not change", async () => {
  const traces: SearchTrace[] = [];
  const { ask, trace } = await startTrials(fixed(1, 2), EMPTY, {
    accept: BETTER,
    search: "x",
    onStep: (trace) => void traces.push(trace),
  });
  await ask({ action: "remove", element: "attention.0" });
  await ask({ action: "remove", element: "attention.1" });
  assert.deepEqual(traces.map(({ steps }) => steps.length), [1, 2]);
  assert.deepEqual(traces[1], trace);
});

Deno.test("what overflows when it is masked has no loss, and stays", async () => {
  const losses = [Float64Array.of(1, 2), Float64Array.of(NaN, 0)];
  const overflowing: Evaluator = {
    ...fixed(1, 2),
    evaluate: ({ removed }) => {
      const own = losses[removed.length]!;
      return Promise.resolve({ loss: (own[0]! + own[1]!) / 2, losses: own, predictions: undefined });
    },
  };
  const accept = { strict: false, minWins: -1 };
  const { ask, trace } = await startTrials(overflowing, EMPTY, { accept, search: "x" });
  const answer = await ask({ action: "remove", element: "attention.0", bound: Infinity });
  assert.deepEqual(answer, { accepted: false, loss: Infinity });
  assert.deepEqual([trace.steps[0]!.loss, trace.steps[0]!.wins], [null, null]);
});

Deno.test("what cannot be told of steps is refused", () =>
  assert.rejects(
    startTrials(fixed(1, 2), EMPTY, { accept: BETTER, search: "x", onStep: "x" as never }),
    /^TypeError: Cannot tell the text "x" of steps: expected onStep to be a function$/,
  ));

Deno.test("a number of examples that is none is refused before anything is tried", () =>
  assert.rejects(
    startTrials(fixed(1, 2), EMPTY, { accept: { ...BETTER, minWins: () => NaN }, search: "x" }),
    /^RangeError: Cannot search by a rule whose minWins gives NaN: expected a number of examples, of 2$/,
  ));

/** Two examples of loss 1 each, and this much more or less once something is gone; ended early as asked. */
const shifted = (...shift: [number, number]): Evaluator => ({
  ...fixed(1, 1),
  evaluate: ({ removed }, abortAbove = Infinity) => {
    const losses = Float64Array.from(shift, (by) => 1 + (removed.length > 0 ? by : 0));
    const loss = (losses[0]! + losses[1]!) / 2;
    return Promise.resolve({ loss: loss > abortAbove ? Infinity : loss, losses, predictions: undefined });
  },
});

Deno.test("however narrow the gate, what the rule accepts is evaluated to its end", async () => {
  for (const gate of [0, 0.5, 1, 1.1]) {
    const { ask } = await startTrials(shifted(-0.1, -0.1), EMPTY, { accept: BETTER, search: "x" });
    assert.deepEqual(await ask({ action: "remove", element: "attention.0", gate }), {
      accepted: true,
      loss: 0.9,
    });
  }
});

Deno.test("a rule asks for as many examples as it says", async () => {
  for (const [minWins, accepted] of [[0, true], [1, true], [2, false], ["majority", false]] as const) {
    const accept = { strict: true, minWins };
    const { ask } = await startTrials(shifted(-0.4, 0.2), EMPTY, { accept, search: "x" });
    const answer = await ask({ action: "remove", element: "attention.0" });
    assert.equal(answer.accepted, accepted, `${minWins}`);
  }
});

Deno.test("attention that is gone is not told to be hard, and is so again where it comes back", async () => {
  const trials = await startTrials(fixed(1, 2), EMPTY, { accept: BETTER, search: "x" });
  trials.settle(new Set<ElementId>(["hard-attention.1", "attention.1"]), 1);
  trials.settle(changed(trials.gone, { action: "restore", element: "attention.1" }), 1);
  assert.deepEqual(trials.path.slice(1).map(({ removed }) => removed), [["attention.1"], [
    "hard-attention.1",
  ]]);
});
