import assert from "node:assert/strict";
import type { RealRow } from "../../../lib/papers/axformer/real.ts";
import { type RuleName, RULES } from "../../../lib/papers/axformer/rules.ts";
import { realSummaries, summaries } from "../../../lib/papers/axformer/summary.ts";
import { summarize } from "../../../lib/statistics/describe.ts";
import { evidence, NAMES, TRUE } from "./world.ts";

Deno.test("Summaries count what was found, rule by rule in their order, without the networks with all harm", () => {
  const rows = summaries(evidence({ ...TRUE, ratio: { ...TRUE.ratio, released: 1.5 } }).searches);
  assert.deepEqual(rows.map(({ rule }) => rule), NAMES);
  assert.deepEqual(rows.map(({ recovered, networks }) => [recovered, networks]), [[0, 12], [12, 12], [
    12,
    12,
  ]]);
  assert.deepEqual(rows.map(({ hard }) => hard), [12, 12, 0]);
  assert.deepEqual(rows[2]!.passes, [100, 102]);
  assert.deepEqual(Object.keys(RULES).filter((name) => NAMES.includes(name as RuleName)), NAMES);
});

Deno.test("each way on each task is summarised over its seeds, in percent", () => {
  const row = (way: string, score: number, collapsed = false, removed = 0) =>
    ({
      task: "rte",
      way,
      metric: "accuracy",
      majority: 0.5,
      score,
      parameters: 0.25,
      faster: { ratio: 2 },
      collapsed,
      ...removed > 0 && { configuration: { removed: Array(removed).fill("attention.0") } },
    }) as unknown as RealRow;
  const [plain, heads, ...more] = realSummaries([
    row("plain", 0.5),
    row("heads", 0.6, true, 3),
    row("plain", 0.7),
  ]);
  assert.equal(more.length, 0);
  assert.deepEqual([plain!.score, plain!.gone, plain!.collapsed], [summarize([50, 70]), "0, 0", "0 of 2"]);
  assert.deepEqual([heads!.way, heads!.majority, heads!.gone, heads!.collapsed], [
    "heads",
    50,
    "3",
    "1 of 1",
  ]);
  assert.deepEqual([heads!.parameters, heads!.faster], [summarize([25]), summarize([2])]);
});
