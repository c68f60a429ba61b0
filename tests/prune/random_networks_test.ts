import fc from "npm:fast-check@4.10.2";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";
import { Net } from "./net.ts";
import { BLOCKS } from "./random_networks.ts";

Deno.test("Random networks: pruned, they equal the masked original", async () => {
  const blocks = fc.array(fc.constantFrom(...Object.keys(BLOCKS)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      blocks,
      fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      fc.nat(99),
      async (names, part, seed) => {
        const n = new Net();
        let x = n.conv(n.g.input("x", "float32", [1, 3, 4, 4]), 3, 8);
        for (const name of names) x = BLOCKS[name]!(n, x);
        n.g.output(n.conv(x, 8, 2), "y");
        const model = n.g.model();
        const settings = { criterion: "random", seed } as const;
        const { reachable, before } = planPruning(model, { ...settings, target: { macs: 1 } });
        const least = reachable.macs / before.macs;
        const plan = planPruning(model, {
          ...settings,
          target: { macs: Math.min(1, least + part * (1 - least) + 1e-9) },
        });
        const feeds = {
          x: new Tensor("float32", Float32Array.from({ length: 48 }, (_, i) => Math.sin(i)), [1, 3, 4, 4]),
        };
        const [small, masked] = [
          await runNative(prune(model, plan), feeds),
          await runNative(mask(model, plan), feeds),
        ];
        assertClose(
          small["y"]!.data as Float32Array,
          masked["y"]!.data as Float32Array,
          REORDERED_FLOAT32,
          names.join(),
        );
      },
    ),
    { seed: 2, numRuns: 150 },
  );
});
