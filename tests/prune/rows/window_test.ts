import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

Deno.test("a pool takes each channel by itself and slides over its pixels", () => {
  const { outputs } = flowOf("MaxPool", [[2, 4, 6, 6]], { attributes: { kernel_shape: [2, 1] } });
  deepEqual(outputs[0]!.slice(0, 2), ["0.0", "0.1"]);
  match(outputs[0]![2]!, /slides its window over it$/);
  deepEqual(outputs[0]![3], "0.3");
});

Deno.test("a global pool ends what it pools over", () => {
  const [axes] = flowOf("GlobalAveragePool", [[2, 4, 6]]).outputs;
  deepEqual(axes!.slice(0, 2), ["0.0", "0.1"]);
  match(axes![2]!, /pools over it$/);
});

Deno.test("Resize keeps the channels of axes that it does not stretch", () => {
  const { outputs } = flowOf("Resize", [[2, 4, 3, 3], undefined, undefined, { ints: [2, 4, 6, 3] }], {
    attributes: { mode: "nearest" },
  });
  deepEqual([outputs[0]![0], outputs[0]![1], outputs[0]![3]], ["0.0", "0.1", "0.3"]);
  match(outputs[0]![2]!, /stretches it$/);
});

Deno.test("DepthToSpace makes one channel of r², which leave together, in the order of its mode", () => {
  const flow = (mode: string) =>
    flowOf("DepthToSpace", [[2, 8, 3, 3]], { attributes: { blocksize: 2, mode } });
  deepEqual([flow("DCR").outputs[0]![1], flow("DCR").joins], ["0.1[0,1]", ["0.1[0,1,0,1,0,1,0,1] = 0.1"]]);
  deepEqual([flow("CRD").outputs[0]![1], flow("CRD").joins], ["0.1[0,4]", ["0.1[0,0,0,0,4,4,4,4] = 0.1"]]);
});

Deno.test("SpaceToDepth repeats the channels, r² times in a row", () => {
  const { outputs } = flowOf("SpaceToDepth", [[2, 2, 4, 4]], { attributes: { blocksize: 2 } });
  deepEqual(outputs[0]![1], "0.1[0,1,0,1,0,1,0,1]");
});
