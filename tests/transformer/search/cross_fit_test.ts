import assert from "node:assert/strict";
import { bert } from "../../../lib/nn/bert.ts";
import { seededRandom } from "../../../lib/random.ts";
import { int64 } from "../../../lib/tensor/tensor.ts";
import { evaluate } from "../../../lib/train/evaluate.ts";
import type { Examples } from "../../../lib/train/batches.ts";
import {
  axSearch,
  crossFit,
  RELEASED,
  removeElements,
  type SearchTrace,
} from "../../../lib/transformer/mod.ts";
import { shaken } from "../networks.ts";

const [GROUPS, LENGTH, BATCH] = [5, 6, 8];

const model = shaken(
  bert({
    layers: 2,
    hidden: 16,
    heads: 4,
    neurons: 20,
    vocabulary: 30,
    positions: LENGTH,
    types: 0,
    dropout: 0,
  }),
);

/** Random texts with random labels: there is nothing to find, but a search finds something all the same. */
function noise(count: number): Examples {
  const random = seededRandom(0, "noise");
  return rows(
    Array.from({ length: count }, () => Array.from({ length: LENGTH }, () => 1 + random.integer(29))),
    Array.from({ length: count }, () => random.integer(2)),
  );
}

const rows = (ids: number[][], labels: number[]): Examples => ({
  inputs: {
    input_ids: int64(ids.flat(), [ids.length, LENGTH]),
    attention_mask: int64(ids.flat().map(() => 1), [ids.length, LENGTH]),
  },
  targets: { labels: int64(labels) },
});

/** The rows whose batch, counted in turns, is of a fold, or is not. */
function part({ inputs, targets }: Examples, own: (batch: number) => boolean): Examples {
  const ids = [...(inputs as Record<string, { data: BigInt64Array }>).input_ids!.data].map(Number);
  const labels = [...(targets as Record<string, { data: BigInt64Array }>).labels!.data].map(Number);
  const chosen = labels.map((_, i) => i).filter((i) => own(Math.floor(i / BATCH)));
  return rows(
    chosen.map((i) => ids.slice(i * LENGTH, (i + 1) * LENGTH)),
    chosen.map((i) => labels[i]!),
  );
}

Deno.test("Each part of the data judges what was decided on the others, and only that", async () => {
  const data = noise(6 * BATCH);
  const settings = { rule: { ...RELEASED, gate: Infinity }, groups: GROUPS, k: 3, batchSize: BATCH } as const;
  const { folds, before, after, change, agreement, configuration } = await crossFit(model, data, {
    ...settings,
    folds: 3,
  });
  assert.equal(folds.length, 3);
  let total = 0;
  for (const [i, fold] of folds.entries()) {
    const [own, others] = [part(data, (b) => b % 3 === i), part(data, (b) => b % 3 !== i)];
    const alone = await axSearch(model, others, settings);
    assert.deepEqual(fold.searched.configuration, alone.configuration);
    const apart = await evaluate(removeElements(model, alone.configuration), own);
    assert.ok(Math.abs(apart.loss - fold.after.loss) < 1e-5, `${apart.loss} against ${fold.after.loss}`);
    assert.equal(fold.after.score!.value, apart.accuracy);
    total += apart.loss / 3;
  }
  assert.ok(Math.abs(after.loss - total) < 1e-5);
  assert.ok(Math.abs(before.loss - (await evaluate(model, data)).loss) < 1e-5);
  assert.ok(change!.flipped > 0);
  // On noise every search seems to gain, and what was not looked at says that nothing was.
  for (const { searched } of folds) assert.ok(searched.after.loss < searched.before.loss);
  const seeming = folds.reduce((sum, { searched }) => sum + searched.after.loss / 3, 0);
  assert.ok(after.loss > seeming + 0.05, `${after.loss} against ${seeming}`);
  for (const [id, times] of agreement) {
    const block = id.split(".").slice(0, 2).join(".");
    const gone = folds.filter(({ searched: { configuration: { removed } } }) =>
      removed.includes(id) || removed.some((other) => other === block)
    );
    assert.equal(times, gone.length, id);
    const removed: readonly string[] = configuration.removed;
    assert.equal(removed.includes(id) || removed.includes(block), 2 * times > 3, id);
  }
  assert.ok(configuration.removed.length > 0);
});

Deno.test("Fewer batches than folds are told in a sentence", async () => {
  await assert.rejects(
    crossFit(model, noise(20), { groups: GROUPS }),
    /^RangeError: Cannot divide 1 batches into 5 folds: .* smaller batchSize$/,
  );
});

Deno.test("A cross fit that was stopped in any search goes on there, and comes to the same", async () => {
  const data = noise(4 * BATCH);
  const settings = { rule: RELEASED, groups: GROUPS, k: 3, batchSize: BATCH, folds: 2 } as const;
  const whole = await crossFit(model, data, settings);
  const lengths = whole.folds.map(({ searched: { trace } }) => trace.steps.length);
  const steps = lengths.reduce((a, b) => a + b);
  for (const end of [3, lengths[0]!, lengths[0]! + 4]) {
    let kept: readonly SearchTrace[] = [];
    let computed = 0;
    const go = (most: number) =>
      crossFit(model, data, {
        ...settings,
        resume: kept,
        onStep(traces) {
          kept = JSON.parse(JSON.stringify(traces));
          if (++computed === most) throw new Error("stopped");
        },
      });
    await assert.rejects(go(end), { message: "stopped" });
    assert.equal(kept.length, end > lengths[0]! ? 2 : 1);
    const again = await go(Infinity);
    assert.equal(computed, steps, "no step was computed twice");
    assert.deepEqual(again, whole);
  }
});

Deno.test("Traces of more searches than there are, and what cannot be told of steps, are refused", async () => {
  const settings = { groups: GROUPS, batchSize: BATCH, folds: 2 } as const;
  for (const resume of [new Array(3).fill({}), "x" as unknown as SearchTrace[]]) {
    await assert.rejects(
      crossFit(model, noise(4 * BATCH), { ...settings, resume }),
      /^RangeError: Cannot go on with (a list of 3|the text "x") for 2 folds: expected a trace of each search/,
    );
  }
  await assert.rejects(
    crossFit(model, noise(4 * BATCH), { ...settings, onStep: "x" as never }),
    /^TypeError: Cannot tell the text "x" of steps/,
  );
});
