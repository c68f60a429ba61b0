import { deepEqual, match } from "node:assert/strict";
import { flowOf } from "./flow_of.ts";

const IMAGE = [2, 4, 5, 5];
const per = (channels: number, count: number) =>
  Array.from({ length: count }, () => ({ weight: [channels] }));
const averaged = /averages over it$/;

Deno.test("BatchNormalization by stored statistics: each channel with its four numbers", () => {
  const { outputs, joins, roles } = flowOf("BatchNormalization", [IMAGE, ...per(4, 4)]);
  deepEqual(outputs, [["0.0~", "0.1", "0.2~", "0.3~"]]);
  deepEqual(joins, ["0.1 = 1.0", "0.1 = 2.0", "0.1 = 3.0", "0.1 = 4.0"]);
  deepEqual(roles, { "1.0": "scale", "2.0": "bias", "3.0": "statistic", "4.0": "statistic" });
});

Deno.test("BatchNormalization by the batch averages over all but the channels", () => {
  const { outputs } = flowOf("BatchNormalization", [IMAGE, ...per(4, 4)], {
    attributes: { training_mode: 1 },
    outputs: 3,
  });
  deepEqual(outputs[0]![1], "0.1");
  for (const i of [0, 2, 3]) match(outputs[0]![i]!, averaged);
  deepEqual(outputs.slice(1), [["0.1~"], ["0.1~"]]);
});

Deno.test("InstanceNormalization averages over pixels, each channel of each example alone", () => {
  const { outputs, joins } = flowOf("InstanceNormalization", [IMAGE, ...per(4, 2)]);
  deepEqual(outputs[0]!.slice(0, 2), ["0.0~", "0.1"]);
  match(outputs[0]![2]!, averaged);
  deepEqual(joins, ["0.1 = 1.0", "0.1 = 2.0"]);
});

Deno.test("channels of one norm group leave together, with parameters per channel or per group", () => {
  const perChannel = flowOf("GroupNormalization", [IMAGE, ...per(4, 2)], {
    opset: 21,
    attributes: { num_groups: 2 },
  });
  deepEqual(perChannel.joins, ["0.1[0,0,2,2] = 0.1", "0.1[0,0,2,2] = 1.0", "0.1[0,0,2,2] = 2.0"]);
  const perGroup = flowOf("GroupNormalization", [IMAGE, ...per(2, 2)], { attributes: { num_groups: 2 } });
  deepEqual(perGroup.joins, ["0.1[0,0,2,2] = 0.1", "0.1[0,2] = 1.0", "0.1[0,2] = 2.0"]);
});

Deno.test("LayerNormalization keeps what it averages over, and its statistics have one place there", () => {
  const { outputs } = flowOf("LayerNormalization", [[2, 5, 6], ...per(6, 2)], { outputs: 3 });
  for (const axes of outputs) {
    deepEqual(axes.slice(0, 2), ["0.0~", "0.1~"]);
    match(axes[2]!, averaged);
  }
  match(
    flowOf("LayerNormalization", [[2, 5, 6], ...per(6, 2)], { attributes: { axis: 1 } }).outputs[0]![1]!,
    averaged,
  );
});

Deno.test("Softmax compares along one axis; before operator set 13, along all from there on", () => {
  const [now] = flowOf("Softmax", [[2, 5, 6]], { attributes: { axis: 1 } }).outputs;
  deepEqual([now![0], now![2]], ["0.0~", "0.2~"]);
  match(now![1]!, /compares its channels with one another$/);
  const [old] = flowOf("Softmax", [[2, 5, 6]], { opset: 11 }).outputs;
  deepEqual(old![0], "0.0~");
  for (const i of [1, 2]) match(old![i]!, /compares its channels/);
});

Deno.test("CumSum adds up along one axis and leaves zeros beside it", () => {
  const flow = flowOf("CumSum", [[2, 5], { ints: [-1] }]);
  deepEqual(flow.outputs[0]![0], "0.0");
  match(flow.outputs[0]![1]!, /adds up along it$/);
});

Deno.test("MeanVarianceNormalization keeps all, and says that a masked channel deviates from nothing", () => {
  const [axes] = flowOf("MeanVarianceNormalization", [IMAGE]).outputs;
  for (const i of [0, 2, 3]) match(axes![i]!, averaged);
  match(axes![1]!, /divides by a deviation, which is zero for a masked channel: engines give NaN$/);
  const [along] = flowOf("MeanVarianceNormalization", [IMAGE], { attributes: { axes: [-3] } }).outputs;
  match(along![1]!, averaged);
  match(along![3]!, /engines give NaN$/);
});
