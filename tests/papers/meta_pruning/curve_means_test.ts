import assert from "node:assert/strict";
import { fallsLater } from "../../../lib/papers/meta_pruning/claims.ts";
import { curveMeans } from "../../../lib/papers/meta_pruning/curve_means.ts";
import { type MetaRow, VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";
import { choiceTable, comparisonTable, dataTransferTable } from "../../../lib/papers/meta_pruning/tables.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";

/** A run whose accuracy falls by a tenth from each reduction to the next, as far as it goes. */
const run = (reductions: number, more: Partial<MetaRow> = {}): MetaRow[] =>
  [1, 2, 4, 8].slice(0, reductions).map((asked, i): MetaRow => ({
    part: "held-out",
    variant: VARIANTS.tuned,
    net: 0,
    architecture: "MLP",
    data: "A",
    stage: i === 0 ? "tuned" : "pruned",
    asked,
    reduction: asked,
    macs: 1,
    parameters: 1,
    value: 0.9 - i / 10,
    ...more,
  }));

Deno.test("a run that lacks a reduction that another one reached has no mean", () => {
  const [whole, short] = [run(4), run(2, { net: 1 })];
  const { means, lacking } = curveMeans([...whole, ...short]);
  assertClose(means, [0.75], REORDERED_FLOAT32);
  assert.equal(lacking, 1);
  // By themselves, short ones can be held beside each other.
  assertClose(curveMeans(short).means, [0.85], REORDERED_FLOAT32);
  assert.deepEqual(curveMeans(short, whole), { means: [], lacking: 1 });
  // Networks of other kinds reach other reductions.
  for (const other of [{ architecture: "VGG" }, { data: "B" }]) {
    assert.equal(curveMeans(run(2, other), [...whole, ...run(2, other)]).lacking, 0);
  }
  // What is trained again is no part of a curve.
  assert.equal(curveMeans(whole, [...whole, ...run(1, { stage: "final", asked: 12 })]).lacking, 0);
  assert.deepEqual(curveMeans([]), { means: [], lacking: 0 });
});

Deno.test("tables leave such a run out and say so; without any they say nothing", () => {
  const meta = (more: Partial<MetaRow>) => ({ variant: VARIANTS.meta, metaSeed: 1, metaData: "A", ...more });
  const rows = [...run(4), ...run(4, { net: 1 }), ...run(4, meta({})), ...run(2, meta({ net: 1 }))];
  const note = "1 run without all reductions that others reached: not in the mean.";
  const { columns, rows: [tuned, pruned], options: { caption } } = comparisonTable(rows);
  const mean = columns.indexOf("mean over curve (%)");
  for (const line of [tuned!, pruned!]) {
    assertClose([(line[mean] as { mean: number }).mean], [75], REORDERED_FLOAT32);
  }
  assert.ok(caption!.endsWith(` ${note}`));
  assert.doesNotMatch(comparisonTable(rows.slice(0, 12)).options.caption!, /not in the mean/);
  const away = rows.map((row): MetaRow => ({ ...row, part: "data" }));
  assert.equal(dataTransferTable(away).options.caption, note);
  assert.equal(dataTransferTable(away.slice(0, 12)).options.caption, undefined);
  const choice = [4, 2].flatMap((reductions, epoch) => run(reductions, meta({ part: "choice", epoch })));
  const chosen = choiceTable(choice);
  assert.deepEqual(chosen.rows.map((row) => row[chosen.columns.indexOf("mean over reductions (%)")]), [
    "75.0",
    undefined,
  ]);
  assert.equal(chosen.options.caption, note);
});

Deno.test("claims compare networks only where both curves are whole", () => {
  const gain = (reductions: number) =>
    fallsLater([0, 1].flatMap((net) => [
      ...run(4, { net }),
      ...run(net === 0 ? 4 : reductions, { variant: VARIANTS.meta, metaSeed: 1, net }),
    ]));
  assert.deepEqual([gain(4).seeds, gain(2).seeds], [2, 1]);
  assertClose([gain(4).effect, gain(2).effect], [0, 0], REORDERED_FLOAT32);
});
