import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import type { Criterion } from "../../../lib/prune/criteria/criterion.ts";
import { scoreChannels } from "../../../lib/prune/plan/score_channels.ts";

const groups = channelGroups(mlp({ sizes: [2, 4, 1] }));
const [group] = groups.prunable;
const scores = (criterion: Criterion, normalize: boolean) =>
  scoreChannels(criterion, group!, groups, { normalize, named: false });

Deno.test("numbers of a group are divided by their mean, where groups are compared", () => {
  assert.deepEqual([...scores(() => [1, 2, 3, 6], true)], [1 / 3, 2 / 3, 1, 2]);
  assert.deepEqual([...scores(() => [1, 2, 3, 6], false)], [1, 2, 3, 6]);
  // There is no mean to divide by.
  assert.deepEqual([...scores(() => [0, 0, 0, 0], true)], [0, 0, 0, 0]);
});

Deno.test("a criterion is given the group and the numbers that its tensors stand for", () => {
  const read = scores(({ slots }, tensors) => {
    const { tensor, axis } = slots.find(({ role }) => role === "out")!;
    const { data, dims } = tensors.get(tensor)!;
    assert.deepEqual([axis, dims], [0, [4, 2]]);
    return Array.from({ length: 4 }, (_, row) => Math.abs(Number(data[2 * row])));
  }, false);
  const { data } = groups.model.graph.initializers.get("0.weight") as { data: Float32Array };
  assert.deepEqual([...read], [0, 2, 4, 6].map((at) => Math.abs(data[at]!)));
});

Deno.test("a number that is missing or none is told with what was expected", () => {
  assert.throws(() => scores(() => [1, 2, 3], false), /TypeError: .*4 channels .*gave 3 numbers/);
  assert.throws(() => scores(() => [1, NaN, 3, 4], false), /TypeError: .*gave NaN; expected a finite/);
});
