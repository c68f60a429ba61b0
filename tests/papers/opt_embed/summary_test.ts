import assert from "node:assert/strict";
import type { RealRow } from "../../../lib/papers/opt_embed/real_logs.ts";
import type { RunRow } from "../../../lib/papers/opt_embed/run.ts";
import { realSummaries, summaries } from "../../../lib/papers/opt_embed/summary.ts";
import { summarize } from "../../../lib/statistics/describe.ts";

const row = (method: string, auc: number) => ({
  method,
  auc,
  logLoss: 0.5,
  sparsity: 0.9,
  rows: { kept: 100, count: 1000 },
  seconds: 2,
});

Deno.test("methods are summarised over their seeds, in percent and kilobytes", () => {
  const runs = [row("plain", 0.7), row("OptEmbed", 0.75), row("plain", 0.8)].map((own) =>
    ({ ...own, bytes: { file: 5000 } }) as unknown as RunRow
  );
  const [plain, own, ...more] = summaries(runs);
  assert.equal(more.length, 0);
  assert.deepEqual([plain!.method, plain!.seeds, plain!["test AUC"]], ["plain", 2, summarize([0.7, 0.8])]);
  assert.deepEqual([own!["sparsity (%)"], own!["file (kB)"], own!["rows kept"]], [
    summarize([90]),
    summarize([5]),
    summarize([100]),
  ]);
});

Deno.test("runs on logs of the world have a line for each log, model and method", () => {
  const runs = (["Criteo", "Avazu", "Criteo"] as const).map((log, i) =>
    ({ ...row("plain", 0.7 + i / 10), log, network: "FM", bytes: 1000 }) as unknown as RealRow
  );
  const lines = realSummaries(runs);
  assert.deepEqual(lines.map(({ log, seeds }) => [log, seeds]), [["Criteo", 2], ["Avazu", 1]]);
  assert.deepEqual(lines[0]!["file (kB)"], summarize([1, 1]));
});
