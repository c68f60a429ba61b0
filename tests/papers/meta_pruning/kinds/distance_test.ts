import assert from "node:assert/strict";
import { shrinkGroups } from "../../../../lib/metanet/shrink_groups.ts";
import { stagesAt } from "../../../../lib/papers/meta_pruning/curves.ts";
import { distance } from "../../../../lib/papers/meta_pruning/kinds/distance.ts";
import { VARIANTS } from "../../../../lib/papers/meta_pruning/meta_row.ts";
import { openRuntime } from "../../../../lib/runtime/engines.ts";
import { contextOf } from "../context.ts";
import { accuracyOf } from "../plain_mlp.ts";
import { COMPARISON, ownAnswers } from "./small_comparison.ts";

Deno.test("the distance that is chosen keeps most as channels go, of those that cost little", async () => {
  const { model, data } = ownAnswers();
  const [distances, alpha] = [[4, 0.1, 0.01, 0.2], 16];
  const runtime = await openRuntime({ engine: "native" });
  try {
    const context = contextOf({ runtime, needs: { validation: model }, data });
    const { rows } = await distance.work({ ...COMPARISON, tolerance: 0.25, distances, alpha }, context);
    const curves = await Promise.all(distances.map(async (distance) => {
      const weak = await shrinkGroups(model, { distance, alpha, runtime });
      return [...stagesAt(weak, COMPARISON.reductions)].map(({ model }) =>
        accuracyOf(model, data.validation)
      );
    }));
    assert.deepEqual(
      rows.map(({ distance, value }) => [distance, value]),
      distances.flatMap((distance, i) => curves[i]!.map((value) => [distance, value])),
    );
    const areas = curves.map((curve) => curve.reduce((sum, value) => sum + value, 0));
    const allowed = areas.filter((_, i) => curves[i]![0]! >= 0.75);
    assert.ok(allowed.length > 1 && allowed.length < distances.length, "the tolerance decides");
    const chosen = distances[areas.indexOf(Math.max(...allowed))];
    for (const row of rows) {
      assert.deepEqual([row.part, row.variant], ["choice", VARIANTS.shrunk]);
      assert.equal(row.chosen, row.distance === chosen);
    }
  } finally {
    await runtime.close();
  }
});
