import assert from "node:assert/strict";
import { RESNET56_CIFAR10, VGG19_CIFAR100 } from "../../../lib/papers/meta_pruning/published.ts";
import { publishedTable } from "../../../lib/papers/meta_pruning/tables.ts";

Deno.test("published differences are those of the accuracies beside them, or marked as the source's", () => {
  const { columns, rows } = publishedTable(RESNET56_CIFAR10);
  const at = (name: string) => columns.indexOf(name);
  const differs = rows.filter((row) => /the source prints/.test(String(row[at("source")])));
  assert.deepEqual(differs.map((row) => row[at("method")]), ["HRank", "DepGraph"]);
  const meta = rows.filter((row) => row[at("method")] === "Meta Pruning");
  assert.ok(
    meta.length === 3 && meta.every((row) => row[at("published, pruned (%)")] === undefined),
  );
  assert.equal(VGG19_CIFAR100.rows.at(-1)!.pruned, 69.75);
});
