import fc from "npm:fast-check@4.10.2";
import { Tensor } from "../../lib/deps.ts";
import type { Value } from "../../lib/onnx/builder.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { prune } from "../../lib/prune/prune.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { runNative } from "../onnx/run_native.ts";
import { Net } from "./net.ts";

/** Blocks of eight channels in, eight channels out. */
const BLOCKS: Record<string, (n: Net, x: Value) => Value> = {
  conv: (n, x) => n.conv(x, 8, 8),
  depthwise: (n, x) => n.conv(x, 8, 8, 3, 8),
  grouped: (n, x) => n.conv(x, 8, 8, 3, 2),
  residual: (n, x) => n.op("Add", [x, n.conv(n.op("Relu", [n.conv(x, 8, 8)]), 8, 8, 1)]),
  dense: (n, x) => n.conv(n.op("Concat", [x, n.conv(x, 8, 4)], { axis: 1 }), 12, 8, 1),
  excite: (n, x) => n.op("Mul", [x, n.op("Sigmoid", [n.conv(n.op("GlobalAveragePool", [x]), 8, 8, 1)])]),
  halves: (n, x) => {
    const [a, b] = n.ops("Split", [x], { axis: 1, num_outputs: 2 }, 2);
    return n.op("Concat", [n.conv(a!, 4, 4), b!], { axis: 1 });
  },
  shuffle: (n, x) => {
    const split = n.reshape(x, 1, 2, 4, 4, 4);
    return n.reshape(n.op("Transpose", [split], { perm: [0, 2, 1, 3, 4] }), 1, 8, 4, 4);
  },
  sigmoid: (n, x) => n.op("Sigmoid", [x]),
  pixels: (n, x) => n.op("SpaceToDepth", [n.op("DepthToSpace", [x], { blocksize: 2 })], { blocksize: 2 }),
  pad: (n, x) => {
    const [a] = n.ops("Split", [x], { axis: 1, num_outputs: 2 }, 2);
    return n.op("Pad", [a!, n.ints(0, 1, 0, 0, 0, 3, 0, 0)]);
  },
};

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
