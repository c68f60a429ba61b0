/** The kernel beside the metanetwork's ONNX graph of the same sums. */
import { messagePassing } from "../../kernels/webgpu/message_passing.ts";
import { aggregate } from "../../lib/metanet/aggregate.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { numbersOf } from "../../lib/onnx/tensor.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { assertClose, GPU_MOMENTS } from "../close.ts";
import { randomFloats } from "./case.ts";

for (const to of ["rows", "columns"] as const) {
  Deno.test(`messagePassing says what the metanetwork's graph says, to ${to}`, async () => {
    const [out, into, hidden] = [13, 11, 6];
    const layer = {
      edges: randomFloats("edges", [out, into, hidden]),
      rows: randomFloats("rows", [out, hidden]),
      columns: randomFloats("columns", [into, hidden]),
    };
    const g = new GraphBuilder("messages");
    const edges = g.input("edges", "float32", [out, into, hidden]);
    const [rows, columns] = [
      g.input("rows", "float32", [out, hidden]),
      g.input("columns", "float32", [into, hidden]),
    ];
    const [sent, received] = to === "rows" ? [columns, rows] : [rows, columns];
    const messages = {
      values: g.mul(g.unsqueeze(sent, [to === "rows" ? 0 : 1]), edges),
      over: to === "rows" ? 1 as const : 0 as const,
      count: to === "rows" ? into : out,
    };
    g.output(aggregate(g, [messages], received, [to === "rows" ? out : into, hidden]), "told");
    const { told } = await runModel(g.model(), layer);
    assertClose(numbersOf(await messagePassing(layer, { to })), numbersOf(told!), GPU_MOMENTS);
  });
}
