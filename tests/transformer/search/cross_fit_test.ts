import assert from "node:assert/strict";
import { bert } from "../../../lib/nn/bert.ts";
import { seededRandom } from "../../../lib/random.ts";
import { int64 } from "../../../lib/tensor/tensor.ts";
import { evaluate } from "../../../lib/train/evaluate.ts";
import type { Examples } from "../../../lib/train/batches.ts";
import { axSearch, crossFit, RELEASED, removeElements } from "../../../lib/transformer/mod.ts";
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
