import assert from "node:assert/strict";
import { run } from "../../../lib/experiment/mod.ts";
import { unitsOf } from "../../../lib/papers/opt_embed/experiment.ts";
import { millionsOf, realLog } from "../../../lib/papers/opt_embed/real_logs.ts";
import { realSummaries } from "../../../lib/papers/opt_embed/summary.ts";
import { dataFile } from "../../data.ts";
import { inFolder } from "../../in_folder.ts";
import { SMALL } from "./small.ts";

const sample = dataFile("ctr/avazu/avazu_9k_train.csv.gz");
Deno.test(
  "a log of the world goes through every step that a synthetic one does",
  { ignore: !sample },
  () =>
    inFolder(async (folder) => {
      const before = Deno.env.get("XDG_CACHE_HOME");
      Deno.env.set("XDG_CACHE_HOME", folder);
      try {
        const { base } = SMALL;
        const real = {
          ...{ log: "Avazu sample" as const, network: "FM" as const, hidden: [], features: 4 },
          ...{ training: base.training, supernet: base.supernet, seeds: [3] },
          methods: ["frequency", "plain", "OptEmbed"] as const,
        };
        const units = unitsOf({ ...SMALL, real: [real] }, { seed: 0 });
        const options = { units: units.real, store: folder, workers: 1, engine: "native" } as const;
        const results = await run(options);
        assert.deepEqual(results.failures, []);
        const rows = units.real.flatMap((unit) => results.rowsOf(unit));
        assert.deepEqual(rows.map(({ method, seed }) => [method, seed]), [
          ["plain", 3],
          ["OptEmbed", 3],
          ["frequency", 3],
        ]);
        const [plain, small, frequent] = rows;
        assert.equal(plain!.sparsity, 0);
        assert.ok(
          small!.sparsity > 0 && small!.bytes < plain!.bytes && frequent!.rows.kept === small!.rows.kept,
        );
        for (const { auc, logLoss } of rows) {
          assert.ok(auc > 0.5 && auc < 0.9 && logLoss < 1, `${auc} ${logLoss}`);
        }
        assert.equal(realSummaries(rows).length, 3);
      } finally {
        if (before === undefined) {
          Deno.env.delete("XDG_CACHE_HOME");
        } else Deno.env.set("XDG_CACHE_HOME", before);
      }
    }),
);

Deno.test("an epoch looks up a vector for each field of its rows, and a log that is nowhere says where it was looked for", () =>
  inFolder(async (folder) => {
    assert.equal(millionsOf("MovieLens-100K"), 0.8);
    const before = ["ESPALIER_DATA", "XDG_CACHE_HOME"].map((name) => [name, Deno.env.get(name)] as const);
    try {
      for (const [name] of before) Deno.env.set(name, folder);
      await assert.rejects(realLog("KDD12", 0), {
        name: "NotFoundError",
        message: /KDD12 \(training\.txt\).*kdd12/,
      });
    } finally {
      for (const [name, value] of before) {
        value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
      }
    }
  }));
