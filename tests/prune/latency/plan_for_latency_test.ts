import assert from "node:assert/strict";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { inFolder } from "../../in_folder.ts";
import { classifier } from "../classifier.ts";
import { pretend, withClock } from "../pretend_engine.ts";

const measure = { runs: 3 };

Deno.test("A plan for a latency keeps what is fast enough, and says when nothing is", () =>
  withClock(async () => {
    const { model } = classifier();
    const runtime = pretend({});
    const plan = await planPruning(model, {
      target: { latency: 0.55 },
      criterion: "l1",
      roundTo: 1,
      measure,
      runtime,
    });
    assert.deepEqual(plan.target, { latency: 0.55 });
    assert.equal(plan.groups[0]!.removed.length, 4);
    assert.equal(
      (await planPruning(model, { target: { latency: 1 }, runtime })).groups[0]!.removed.length,
      0,
    );
    await assert.rejects(
      planPruning(model, { target: { latency: 0.01 }, roundTo: 1, measure, runtime }),
      /RangeError: .*smallest model.*12\.5 % of the MACs/,
    );
    await assert.rejects(
      planPruning(model, { target: { latency: 1.5 }, runtime }),
      /RangeError: .*latency 1\.5: expected/,
    );
  }));

Deno.test("The plan tells the latency to expect, of how many models, how it spread and how long that took", () =>
  withClock(async () => {
    const { model } = classifier();
    const said: string[] = [];
    const progress = {
      start: (title: string, total: number) => void said.push(`${title}, ${total}`),
      step: (done: number, note = "") => void said.push(`${done} ${note}`),
      close: (note = "") => void said.push(note),
    };
    const plan = await planPruning(model, {
      target: { latency: 0.8 },
      roundTo: 1,
      trials: 3,
      measure,
      runtime: pretend({}),
      progress,
    });
    // Eight columns, of which six may stay at 0.8: 8 → 1, 4, 6.
    const { latency } = plan;
    assert.equal(prune(model, plan).graph.initializers.get("a")!.dims[1], 6);
    const { seconds, ...told } = latency!;
    const place = { engine: "native", device: "pretended", batch: 1, runs: 6 };
    assert.deepEqual(told, {
      ratio: 0.75,
      quartiles: [0.75, 0.75],
      before: { ...place, median: 8, quartiles: [8, 8] },
      after: { ...place, median: 6, quartiles: [6, 6] },
      trials: 4,
    });
    assert.ok(seconds > 0);
    assert.equal(said[0], "Looking for a model of 0.8 of the latency, 5");
    // The last one is timed twice as often, and counts for two.
    assert.deepEqual(said.slice(1, -1).map((line) => line.split(" ")[0]), ["1", "2", "3", "5"]);
    assert.equal(said[1], "1 12.5 % of MACs in widths of 1: 0.125 of the latency");
    assert.match(said.at(-1)!, /^4 models in /);
    assert.match(
      String(plan),
      /\nExpect 0\.75 of the latency \(middle half 0\.75 to 0\.75\): 8\.00 ms → 6\.00 ms on native, batch 1, 6 rounds; 4 mod/,
    );
  }));

Deno.test("What was chosen is measured longer where rounds scatter, so that its median says what comes", () =>
  withClock(async () => {
    const { model } = classifier();
    /** Rounds told, where each run of the pruned model takes up to so much longer or shorter, in turns. */
    const rounds = async (scatter: number) => {
      let run = 0;
      const cost = (width: number) => width === 8 ? 100 : 100 * (0.5 + scatter * [-1, 0, 1, 0][run++ % 4]!);
      const runtime = pretend({ cost });
      const plan = await planPruning(model, {
        ...{ target: { latency: 0.8 }, roundTo: 1, trials: 2 },
        measure: { runs: 20 },
        runtime,
      });
      const { ratio, quartiles, before, after } = plan.latency!;
      assert.equal(before.runs, after.runs);
      assert.ok(quartiles[0] <= ratio && ratio <= quartiles[1]);
      assert.ok(Math.abs(ratio - 0.5) < 0.01, `${ratio}`);
      return after.runs;
    };
    // A standard error of 0.93 · 0.06 / 0.5 / √40 = 1.8 % is good enough; 3.5 % takes four times the rounds.
    assert.equal(await rounds(0), 40);
    assert.equal(await rounds(0.06), 40);
    assert.equal(await rounds(0.12), 160);
  }));

/** The cost of 16 channels for any of them; the layers of staircases read 64. */
const inBlocks = (width: number) => 16 * Math.ceil(width / 16);

/** Columns that are left of 64, for a latency of 0.6. */
async function columnsLeft(cost: (width: number, op: string, from: number) => number, folder: string) {
  const before = Deno.env.get("XDG_CACHE_HOME");
  Deno.env.set("XDG_CACHE_HOME", folder);
  try {
    const { model } = classifier(64);
    const order: string[] = [];
    const runtime = pretend({ cost, order });
    let [steps, total]: [number[], number] = [[], 0];
    const progress = {
      start: (_: string, all: number) => void ([steps, total] = [[], all]),
      step: (done: number) => void steps.push(done),
      close: () => {},
    };
    const settings = { target: { latency: 0.6 }, trials: 8, measure, runtime, progress };
    const plan = await planPruning(model, settings);
    const { dims } = prune(model, plan).graph.initializers.get("a")!;
    return { left: dims[1], measured: new Set(order), steps, total };
  } finally {
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
  }
}

Deno.test("Widths are the engine's blocks, which are measured once and kept", () =>
  inFolder((folder) =>
    withClock(async () => {
      const first = await columnsLeft(inBlocks, folder);
      assert.equal(first.left, 32);
      assert.ok(first.measured.has("41"), "no staircase was measured");
      // Eight in blocks of the engine's, of which three were enough, four in each of the smaller ones, and the last.
      assert.equal(first.total, 8 + 3 * 4 + 2);
      assert.deepEqual(first.steps.slice(0, 7), [1, 2, 3, 9, 10, 11, 13]);
      assert.equal(first.steps.at(-1), first.total);
      const second = await columnsLeft(inBlocks, folder);
      assert.equal(second.left, 32);
      assert.ok(!second.measured.has("41"), "what was measured is not kept");
    })
  ));

Deno.test("Smaller blocks are taken where a model keeps more in them at the latency wanted", () =>
  inFolder((folder) =>
    withClock(async () => {
      // Staircases say 16; the model itself, which reads 3, costs no more in between: 38 of 64 are 0.59.
      const cost = (width: number, _: string, from: number) => from === 3 ? width : inBlocks(width);
      const { left, steps, total } = await columnsLeft(cost, folder);
      assert.equal(left, 38);
      assert.ok(steps.every((step, i) => step >= (steps[i - 1] ?? 0) && step <= total), `${steps}`);
      assert.equal(steps.at(-1), total);
    })
  ));

Deno.test("A search that is aborted ends with the reason, and closes its progress", () =>
  withClock(async () => {
    const { model } = classifier();
    const abort = new AbortController();
    const said: string[] = [];
    const progress = {
      start: () => {},
      step: (done: number) => done === 2 ? abort.abort(new Error("enough")) : undefined,
      close: (note = "") => void said.push(note),
    };
    const options = { target: { latency: 0.5 }, roundTo: 1, measure, runtime: pretend({}), progress };
    await assert.rejects(planPruning(model, { ...options, signal: abort.signal }), { message: "enough" });
    assert.match(said.join(), /^2 models in/);
  }));
