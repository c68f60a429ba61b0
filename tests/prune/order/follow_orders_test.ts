import { deepEqual } from "node:assert/strict";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { axisOrders } from "../../../lib/prune/order/axis_orders.ts";
import { followOrders } from "../../../lib/prune/order/follow_orders.ts";
import { numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { Net } from "../net.ts";

Deno.test("what takes a part reads it as it was, and what joins parts gives them in the new order", () => {
  const n = new Net();
  const hidden = n.linear(n.g.input("x", "float32", ["N", 3]), 3, 4);
  const [a, b] = n.ops("Split", [hidden], { axis: 1, num_outputs: 2 }, 2);
  n.g.output(n.linear(n.op("Concat", [n.op("Relu", [a!]), b!], { axis: 1 }), 4, 2));
  const groups = channelGroups(n.g.model());
  const { id } = groups.prunable[0]!;
  const { graph } = inferShapes(
    followOrders(groups.model, groups, axisOrders(groups, id, [1, 2, 3, 0]), "try it"),
  );
  deepEqual(graph.nodes.map(({ op }) => op), [
    ...["MatMul", "Add", "Gather", "Split", "Relu", "Concat", "Gather", "MatMul", "Add"],
  ]);
  const places = graph.nodes.filter(({ op }) => op === "Gather").map(({ inputs: [, indices] }) =>
    numbersOf(graph.initializers.get(indices!) as Tensor)
  );
  deepEqual(places, [[3, 0, 1, 2], [1, 2, 3, 0]]);
});
