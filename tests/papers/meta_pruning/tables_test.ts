import assert from "node:assert/strict";
import { type MetaRow, VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";
import { RESNET50_IMAGENET } from "../../../lib/papers/meta_pruning/published.ts";
import {
  cutTable,
  dataTransferTable,
  measuredOn,
  publishedTable,
} from "../../../lib/papers/meta_pruning/tables.ts";
import { summarize } from "../../../lib/statistics/describe.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";

Deno.test("published reductions count from the whole network, and so do ours; top 5 where it was looked at", () => {
  const row = (more: Partial<MetaRow>): MetaRow => ({
    part: "held-out",
    variant: VARIANTS.none,
    net: 0,
    architecture: "ResNet-50",
    data: "images",
    stage: "final",
    asked: 1.5,
    reduction: 1.6,
    macs: 50,
    parameters: 1,
    operations: 55.1,
    value: 0.7,
    top5: 0.9,
    ...more,
  });
  const rows = [
    row({ stage: "tuned", asked: 1, reduction: 1, macs: 80, value: 0.75, top5: 0.95 }),
    row({}),
    row({ net: 1, value: 0.6, top5: 0.8 }),
  ];
  const [measured, ...more] = measuredOn("ResNet-50", rows, { macs: 100, operations: 110 });
  assert.equal(more.length, 0);
  const { method, ...numbers } = measured!;
  assert.equal(method, VARIANTS.none);
  const { base, pruned, top5, reduction, speedUp } = numbers;
  assertClose(
    [base, pruned, top5!.base, top5!.pruned, reduction, speedUp!],
    [75, 65, 95, 85, 2, 110 / 55.1],
    REORDERED_FLOAT32,
  );
  assertClose([measuredOn("ResNet-50", rows)[0]!.reduction], [1.6], REORDERED_FLOAT32);
  const { columns, rows: lines } = publishedTable(RESNET50_IMAGENET, [measured!]);
  const at = (name: string) => lines.at(-1)![columns.indexOf(name)];
  const found = ["our network, before, top 5 (%)", "our network, pruned, top 5 (%)", "our MACs ÷ (×)"].map(
    at,
  );
  assert.deepEqual(found, ["95.00", "85.00", "2.00"]);
  assert.ok(!publishedTable(RESNET50_IMAGENET).columns.some((column) => column.includes("top 5")));
  assert.match(Deno.inspect(publishedTable(RESNET50_IMAGENET)), /target \(×\)\n.*\n.*2\.31/);
});

Deno.test("tables of cuts and of other data summarise the runs that belong together", () => {
  const row = (values: Partial<MetaRow>): MetaRow => ({
    part: "data",
    variant: VARIANTS.tuned,
    net: 0,
    architecture: "MLP",
    data: "A",
    stage: "final",
    asked: 4,
    reduction: 4,
    macs: 1,
    parameters: 1,
    value: 0,
    ...values,
  });
  const meta = (from: string, values: Partial<MetaRow>) =>
    row({ variant: VARIANTS.meta, metaSeed: 1, metaData: from, ...values });
  const rows = [
    row({ part: "held-out", value: 0.5 }),
    row({ part: "held-out", net: 1, value: 0.7 }),
    meta("A", { part: "held-out", value: 0.8 }),
    // Neither other seeds nor other ways of pruning were tried on other data.
    meta("A", { part: "held-out", metaSeed: 2, value: 0.1 }),
    row({ part: "held-out", variant: VARIANTS.l1, value: 0.1 }),
    meta("B", { value: 0.75 }),
    row({ data: "B", value: 0.4 }),
    meta("A", { data: "B", value: 0.6 }),
    meta("B", { data: "B", value: 0.65 }),
    meta("B", { data: "B", stage: "tuned", asked: 1, value: 0.9 }),
    meta("B", { data: "B", stage: "pruned", value: 0.2 }),
  ];
  const { columns, rows: lines } = dataTransferTable(rows, 4);
  assert.deepEqual(columns, ["pruning", "A", "B"]);
  assert.deepEqual(lines, [
    [VARIANTS.tuned, summarize([50, 70]), summarize([40])],
    ["metanetwork of A", summarize([80]), summarize([60])],
    ["metanetwork of B", summarize([75]), summarize([65])],
  ]);
  const [, none, mean] = dataTransferTable(rows).rows.at(-1)!;
  assert.equal(none, undefined);
  assert.ok(Math.abs((mean as { mean: number }).mean - 55) < 1e-9);
  const cut = (values: Partial<MetaRow>) => row({ part: "weights", cut: "2:4", ...values });
  const table = cutTable([
    cut({ stage: "pruned", value: 0.5 }),
    cut({ value: 0.8 }),
    cut({ net: 1, stage: "pruned", value: 0.7 }),
    cut({ net: 1, value: 0.8 }),
  ]);
  assert.deepEqual(table.columns, ["pruning", "runs", "2:4 (%)", "2:4, trained (%)"]);
  assert.deepEqual(table.rows, [[VARIANTS.tuned, 2, summarize([50, 70]), summarize([80, 80])]]);
});
