import assert from "node:assert/strict";
import { planPruning } from "../../lib/prune/plan.ts";
import { storedBytes } from "../../lib/prune/plan/model_costs.ts";
import { prune } from "../../lib/prune/prune.ts";
import { ARCHITECTURES } from "./architectures.ts";
import { Net } from "./net.ts";
import { OPERATORS } from "./operators.ts";

Deno.test("pruned in rounds, every network can become as small as at once", () => {
  const grown: string[] = [];
  for (const [name, [, shape, make]] of Object.entries({ ...OPERATORS, ...ARCHITECTURES })) {
    const net = new Net();
    net.g.output(make(net, net.g.input("x", "float32", shape)), "y");
    let now = net.g.model();
    let bound = Infinity;
    for (let round = 0; round < 4; round++) {
      const settings = {
        roundTo: 1,
        inputShapes: { x: shape.map((dim) => dim === "N" ? 2 : dim) },
        criterion: "random",
        seed: round,
      } as const;
      const { reachable, before } = planPruning(now, { ...settings, target: { parameters: 1 } });
      if (before.parameters === 0) break;
      const least = reachable.parameters / before.parameters;
      // Names and shapes of a file may grow by bytes; its tensors may not.
      const stored = storedBytes(
        prune(now, planPruning(now, { ...settings, target: { parameters: least } })),
      );
      if (stored > bound) grown.push(`${name}: ${bound} to ${stored} in round ${round}`);
      bound = stored;
      if (least >= 1) break;
      // Rounding must not put the bound itself out of reach.
      const parameters = Math.min(1, Math.max(0.8, least + 1e-9));
      now = prune(now, planPruning(now, { ...settings, target: { parameters } }));
    }
  }
  assert.deepEqual(grown, []);
});
