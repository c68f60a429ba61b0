import assert from "node:assert/strict";
import { directedNetwork } from "../../../lib/agents/networks/directed.ts";
import { MAIN_TASKS } from "../../../lib/agents/simulation/world.ts";
import { run } from "../../../lib/experiment/mod.ts";
import { canonicalJson } from "../../../lib/files/canonical_json.ts";
import { unitsOf } from "../../../lib/papers/agp/experiment.ts";
import { PRESETS } from "../../../lib/papers/agp/presets.ts";
import { predict, stageTwo } from "../../../lib/papers/agp/stage_two.ts";
import { silent } from "../../../lib/progress.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { counted } from "../../compress/counted_runtime.ts";
import { tagged } from "../../tags.ts";

const units = unitsOf(PRESETS.quick, { seed: 0 });

Deno.test(
  tagged("a unit's second stage is that of this process, and keeps its network", "slow"),
  async () => {
    const store = await Deno.makeTempDir();
    const runtime = await openRuntime({ engine: "native", threads: 1 });
    try {
      const [main] = units.trainings.filter(({ spec }) =>
        spec.labels === "exact" && spec.network === "directed"
      );
      const short = { ...main!, spec: { ...main!.spec, steps: 20 } };
      const results = await run({ units: [...units.enumerations, short], store, engine: "native" });
      assert.deepEqual(results.failures, []);
      const rows = units.enumerations.flatMap((one) => results.rowsOf(one)).filter(({ tokenPrice }) =>
        tokenPrice === 0.05
      );
      const best = Object.fromEntries(rows.map((row) => [row.task, row]));
      const found = MAIN_TASKS.flatMap((task) =>
        Array.from({ length: 40 }, () => ({ task, teams: [best[task]!.team] }))
      );
      const here = await stageTwo(short.spec, { found, best, runtime, progress: silent });
      assert.equal(
        canonicalJson(results.rowsOf(short)),
        canonicalJson(JSON.parse(JSON.stringify(here.rows))),
      );
      assert.deepEqual(await results.product(short), here.model.toOnnx());
      assert.deepEqual(here.rows.map(({ execution }) => execution), [
        "decoded",
        "no link head",
        "no keep head",
      ]);
    } finally {
      await runtime.close();
      await Deno.remove(store, { recursive: true });
    }
  },
);

Deno.test("no session stays open where a network cannot be run", async () => {
  const { runtime, count } = await counted();
  const model = directedNetwork({ agents: 3, seed: 0 });
  await assert.rejects(predict(model, float32([1], [1, 1, 1]), runtime));
  assert.deepEqual([count.sessions, count.open], [1, 0]);
  await runtime.close();
});
