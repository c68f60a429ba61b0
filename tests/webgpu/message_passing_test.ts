/** The kernel beside the metanetwork's ONNX graph of the same sums. */
import { messagePassing } from "../../kernels/webgpu/graph/message_passing.ts";
import { aggregate, type Messages } from "../../lib/metanet/aggregate.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { assertClose, GPU_MOMENTS } from "../close.ts";
import { randomFloats } from "./case.ts";

for (const to of ["rows", "columns"] as const) {
  Deno.test(`messagePassing says what the metanetwork's graph says, to ${to}`, async () => {
    const [out, into, hidden] = [13, 11, 6];
    const feeds = {
      dense: randomFloats("dense", [out, into, hidden]),
      diagonal: randomFloats("diagonal", [3, hidden]),
      rows: randomFloats("rows", [out, hidden]),
      columns: randomFloats("columns", [into, hidden]),
    };
    const lists = { rows: Int32Array.of(12, 0, 5), columns: Int32Array.of(3, 10, 4) };
    const [from, over] = to === "rows" ? ["columns", 1] as const : ["rows", 0] as const;
    const nodes = { receivers: feeds[to], senders: feeds[from] };

    const g = new GraphBuilder("messages");
    for (const [name, { dims }] of Object.entries(feeds)) g.input(name, "float32", dims);
    const sent = g.gather(from, g.constant(int64([...lists[from]])));
    const messages: Messages[] = [
      { values: g.mul(g.unsqueeze(from, [1 - over]), "dense"), over, count: nodes.senders.dims[0]! },
      {
        values: g.mul(sent, "diagonal"),
        over: undefined,
        count: 1,
        places: Array.from({ length: nodes.receivers.dims[0]! }, (_, node) => lists[to].indexOf(node)),
      },
    ];
    g.output(aggregate(g, messages, to, [nodes.receivers.dims[0]!, hidden]), "told");
    const { told } = await runModel(g.model(), feeds);

    const blocks = [{ edges: feeds.dense }, { edges: feeds.diagonal, ...lists }];
    assertClose(numbersOf(await messagePassing(blocks, nodes, { to })), numbersOf(told!), GPU_MOMENTS);
  });
}
