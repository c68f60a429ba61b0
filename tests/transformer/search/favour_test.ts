import assert from "node:assert/strict";
import type { Model } from "../../../lib/onnx/model.ts";
import { sizeOf } from "../../../lib/tensor/tensor.ts";
import { defaultRuntime } from "../../../lib/runtime/run_model.ts";
import type { Runtime, Tensors } from "../../../lib/runtime/runtime.ts";
import {
  axSearch,
  type AxSearchOptions,
  type Configuration,
  type ElementId,
  type Evaluator,
  removeElements,
  type SearchTrace,
  transformerOf,
} from "../../../lib/transformer/mod.ts";
import { parametersSaved } from "../../../lib/transformer/savings.ts";
import { favour } from "../../../lib/transformer/search/favour.ts";
import { startTrials } from "../../../lib/transformer/search/trials.ts";
import { EMPTY, encoder, examples, GROUPS } from "./small_encoder.ts";

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
  const onStep = () => assert.fail("nothing is tried for what cannot be had");
  await assert.rejects(
    axSearch(model, data, { rule: { favour: "size", budget: 0.01 }, groups: GROUPS, onStep }),
    /^RangeError: Cannot keep 1\.0 %: with all blocks gone, counted one by one, [1-9][\d.]* % are left; ask for more/,
  );
  await assert.rejects(
    axSearch(model, data, { rule: { favour: "size", tolerance: -1 }, groups: GROUPS }),
    /^RangeError: Cannot search by a rule with tolerance -1: expected a number from 0$/,
  );
});

/** Sizes that are kept: what a runtime was asked to run, but for masks. */
function watched(runtime: Runtime, shapes: string[]): Runtime {
  return {
    ...runtime,
    async session(model, options) {
      const session = await runtime.session(model, options);
      return {
        ...session,
        run: (feeds: Tensors) => (shapes.push(feeds.input_ids!.dims.join()), session.run(feeds)),
      };
    },
  };
}

Deno.test("Speed: what saves most time, measured on the data's own sizes, goes first, also where a search goes on", async () => {
  const data = await examples(30);
  const model = encoder();
  const runtime = await defaultRuntime();
  const shapes: string[] = [];
  const search = (resume?: SearchTrace, runs = runtime) =>
    axSearch(model, data, {
      rule: { favour: "speed", tolerance: 0.1 },
      groups: GROUPS,
      batchSize: 12,
      runtime: runs,
      resume,
    });
  const { configuration, trace, before, after } = await search(undefined, watched(runtime, shapes));
  assert.ok(after.loss <= 1.1 * before.loss);
  assert.ok(Array.isArray(configuration.removed));
  // The network takes 8 positions at most, and examples have 7; a search has batches of 12 and of 6.
  assert.deepEqual([...new Set(shapes)].toSorted(), ["12,7", "6,7", "8,7"]);
  const saves = Object.entries(trace.milliseconds!.of).filter(([, saves]) => saves > 0);
  const order = saves.toSorted(([, a], [, b]) => b - a).map(([element]) => element);
  assert.equal(trace.steps[0]?.element, order[0]);

  // Another machine, or the same at another time, would say something else.
  const other = {
    of: Object.fromEntries(Object.entries(trace.milliseconds!.of).map(([element], i) => [element, i % 7])),
    whole: 1,
  };
  const begun: SearchTrace = JSON.parse(JSON.stringify({ ...trace, milliseconds: other, steps: [] }));
  const slow = (await search(begun)).trace;
  assert.deepEqual(slow.milliseconds, other);
  assert.equal(other.of[slow.steps[0]!.element], 6);
  const half = { ...slow, steps: slow.steps.slice(0, slow.steps.length / 2) };
  assert.deepEqual((await search(JSON.parse(JSON.stringify(half)))).trace, slow);
});

Deno.test("A search that is stopped while it measures, or while it confirms, ends there", async () => {
  const data = await examples(20);
  const model = encoder();
  const runtime = await defaultRuntime();
  const reason = new Error("enough");
  const runs: string[] = [];
  const options = { groups: GROUPS, runtime: watched(runtime, runs), rule: { favour: "speed" } as const };
  await assert.rejects(axSearch(model, data, { ...options, signal: AbortSignal.abort(reason) }), reason);
  assert.deepEqual(runs, []);

  /** Stops once something was run so often. */
  const stoppedAfter = async (count: number, options: AxSearchOptions) => {
    const [controller, runs]: [AbortController, string[]] = [new AbortController(), []];
    const counted = watched(runtime, runs);
    const push = runs.push.bind(runs);
    runs.push = (shape) => (runs.length + 1 === count && controller.abort(reason), push(shape));
    await assert.rejects(
      axSearch(model, data, { groups: GROUPS, ...options, runtime: counted, signal: controller.signal }),
      reason,
    );
    return runs.length - count;
  };
  // The reference is one run; a measurement goes on for the 40 ms that its turn takes.
  assert.ok(await stoppedAfter(5, options) < 500);
  const whole: string[] = [];
  const size = { rule: { favour: "size", tolerance: 0.2 }, confirm: data } as const;
  await axSearch(model, data, { groups: GROUPS, ...size, runtime: watched(runtime, whole) });
  // The last two runs are the last state that confirms, and the result on the data that decided.
  for (const last of [0, 1]) assert.equal(await stoppedAfter(whole.length - 1 - last, size), 0);
});

/** What is gone where losses add up: of a block what its parts cost, or more where `costs` names it. */
async function goneFor(
  needed: (saved: ReadonlyMap<ElementId, number>) => number,
  costs: Readonly<Record<string, number>>,
): Promise<{ gone: readonly ElementId[]; loss: number }> {
  const one = transformerOf(encoder({ layers: 1 }), { groups: GROUPS });
  const { of, whole } = parametersSaved(one);
  const lossOf = (removed: readonly ElementId[]) =>
    1 + removed.reduce((sum, element) => sum + (costs[element] ?? 9), 0);
  const evaluator = {
    examples: 1,
    evaluate: ({ removed }: Configuration) => {
      const loss = lossOf(removed);
      return Promise.resolve({ loss, losses: Float64Array.of(loss) });
    },
  };
  const trials = await startTrials(evaluator as Evaluator, EMPTY, {
    accept: { strict: false, minWins: -1 },
    search: "by hand",
  });
  const budget = 1 - needed(of) / whole;
  const data = { stepsPerEpoch: 1, batch: () => assert.fail("sizes are counted, not measured") };
  await favour(one, trials, { favour: "size", budget }, {
    data,
    runtime: await defaultRuntime(),
    signal: undefined,
  });
  const gone = [...trials.gone].toSorted();
  assert.ok(gone.reduce((sum, element) => sum + of.get(element)!, 0) >= needed(of));
  return { gone, loss: lossOf(gone) };
}

const FREE = { "attention.0.head.0": 0, "attention.0.head.1": 0, "attention.0.head.2": 0 };

Deno.test("a block whose parts are gone is weighed by what of it is left", async () => {
  const found = await goneFor(
    (of) => 3 * of.get("attention.0.head.0")! + of.get("feed-forward.0")!,
    { ...FREE, "attention.0": 0.5, "feed-forward.0": 0.6 },
  );
  assert.deepEqual(found, { gone: [...Object.keys(FREE), "feed-forward.0"], loss: 1.6 });
});

Deno.test("what there is room for behind a large block comes back, first what costs the most", async () => {
  const found = await goneFor(
    (of) => 3 * of.get("attention.0.head.0")! + 1,
    {
      ...{ "attention.0.head.0": 0.01, "attention.0.head.1": 0.02, "attention.0.head.2": 0.03 },
      "feed-forward.0": 0.5,
    },
  );
  assert.deepEqual(found, { gone: ["attention.0.head.0", "feed-forward.0"], loss: 1.51 });
});
