import { deepEqual, doesNotMatch, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

const IMAGE = [2, 4, 5, 5];
const SLIDES = /^closed: Conv.* slides its window over it$/;

Deno.test("Conv reads channels along weight axis 1 and makes them along axis 0", () => {
  const { outputs, joins, roles } = flowOf("Conv", [IMAGE, { weight: [6, 4, 3, 3] }, { weight: [6] }]);
  deepEqual(outputs[0]!.slice(0, 2), ["0.0~", "1.0"]);
  for (const pixels of outputs[0]!.slice(2)) match(pixels, SLIDES);
  deepEqual(joins, ["1.1 = 0.1", "1.0 = 2.0"]);
  deepEqual(roles, { "1.0": "out", "1.1": "in", "2.0": "bias" });
});

Deno.test("a window of one place lets channels through along the axis that it slides over", () => {
  const still = flowOf("Conv", [IMAGE, { weight: [6, 4, 1, 3] }]);
  deepEqual(still.outputs[0]![2], "0.2");
  match(still.outputs[0]![3]!, SLIDES);
  const strides = flowOf("Conv", [IMAGE, { weight: [6, 4, 1, 1] }], { attributes: { strides: [2, 1] } });
  match(strides.outputs[0]![2]!, SLIDES);
  deepEqual(strides.outputs[0]![3], "0.3");
});

Deno.test("in a depthwise convolution a channel leaves with its input and all outputs that it makes", () => {
  const flow = flowOf("Conv", [IMAGE, { weight: [8, 1, 3, 3] }], { attributes: { group: 4 } });
  deepEqual(flow.outputs[0]![1], "1.0");
  deepEqual(flow.joins, ["1.0[0,0,2,2,4,4,6,6] = 1.0", "1.0[0,2,4,6] = 0.1"]);
  match(flow.consumed.join(), /^closed: Conv.* needs all inputs of each of its groups$/);
});

Deno.test("in few groups the same place leaves in every group", () => {
  const flow = flowOf("Conv", [[2, 6, 5, 5], { weight: [8, 3, 3, 3] }], { attributes: { group: 2 } });
  deepEqual(flow.joins, [
    "1.1 = 0.1[0,1,2]",
    "1.0[0,1,2,3] = 1.0[0,1,2,3]",
    "1.1 = 0.1[3,4,5]",
    "1.0[0,1,2,3] = 1.0[4,5,6,7]",
  ]);
});

Deno.test("computed weights that are not zero see what is not zero", () => {
  const flow = flowOf("Conv", [IMAGE, [6, 4, 3, 3]], { nonzero: ["0.1", "1.1"] });
  match(flow.consumed.join(), /^closed: Conv.* sums over it, where a masked channel is not zero$/);
  deepEqual(flowOf("Conv", [IMAGE, [6, 4, 3, 3]], { nonzero: ["0.1"] }).consumed, []);
});

Deno.test("ConvTranspose reads along weight axis 0 and makes along axis 1", () => {
  const { outputs, joins, roles } = flowOf("ConvTranspose", [IMAGE, { weight: [4, 6, 2, 2] }]);
  deepEqual(outputs[0]!.slice(0, 2), ["0.0", "1.1"]);
  deepEqual(joins, ["1.0 = 0.1"]);
  deepEqual(roles, { "1.0": "in", "1.1": "out" });
});

Deno.test("ConvTranspose in groups has outputs that no weight axis names: one place of each group", () => {
  const flow = flowOf("ConvTranspose", [[2, 6, 5, 5], { weight: [6, 3, 2, 2] }], {
    attributes: { group: 2 },
  });
  deepEqual(flow.outputs[0]![1], "new[6]");
  deepEqual(flow.joins.slice(0, 3), ["1.0 = 0.1", "1.1 = new[3]", "1.0[0,1,2] = 1.0[0,1,2]"]);
  deepEqual(flow.joins.length, 5);
});

Deno.test("so do those of a ConvTranspose, along their first axis", () => {
  for (const attributes of [{}, { group: 2 }]) {
    const nonzero = ["0.1", "1.0"];
    const flow = flowOf("ConvTranspose", [IMAGE, [4, 6, 2, 2]], { nonzero, attributes });
    match(flow.consumed.join(), /^closed: ConvTranspose.* sums over it, where a masked channel is not zero/);
    const zero = flowOf("ConvTranspose", [IMAGE, [4, 6, 2, 2]], { nonzero: ["0.1", "1.1"], attributes });
    doesNotMatch(zero.consumed.join(), /is not zero/);
  }
});
