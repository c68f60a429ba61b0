import assert from "node:assert/strict";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { Net } from "../net.ts";

Deno.test("a weight that is turned, or stored in another type, before it is read has its roles", () => {
  const net = new Net();
  const x = net.g.input("x", "float32", [2, 4]);
  const turned = (...dims: number[]) => net.op("Transpose", [net.weight(...dims)], { perm: [1, 0] });
  const hidden = net.op("Relu", [net.op("MatMul", [x, turned(8, 4)])]);
  const half = net.op("Transpose", [net.op("Cast", [net.half(6, 8)], { to: 1 })]);
  const last = net.op("Relu", [net.op("MatMul", [hidden, half])]);
  net.g.output(net.op("MatMul", [last, turned(2, 6)]), "y");
  const model = net.g.model();
  const [first, second] = channelGroups(model).prunable;
  assert.deepEqual(first!.slots.map(({ tensor, role }) => [tensor, role]), [["w0", "out"], ["w1", "in"]]);
  assert.deepEqual(second!.slots.map(({ tensor, role }) => [tensor, role]), [["w1", "out"], ["w2", "in"]]);
  // Their numbers count, so no two channels are alike.
  const { groups } = planPruning(model, { target: { macs: 1 } });
  assert.equal(new Set(groups.flatMap(({ importance }) => [...importance])).size, 14);
});
