import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import { isOpen } from "../../../lib/prune/channels/axis.ts";
import { traceChannels } from "../../../lib/prune/channels/trace.ts";
import { float32, Tensor } from "../../../lib/tensor/tensor.ts";

const weight = (rows: number, columns: number) => float32(new Float32Array(rows * columns), [rows, columns]);

/** x: [2, 3] → a: [2, 4] → y: [2, 5], which is read by nobody but the graph. */
function traced() {
  const g = new GraphBuilder();
  const a = g.nodeNamed(["a"], "MatMul", [
    g.input("x", "float32", [2, 3]),
    g.parameter("w", weight(3, 4)),
  ])[0]!;
  g.output(g.matMul(g.relu(a), g.parameter("v", weight(4, 5))), "y");
  return traceChannels(inferShapes(g.model()));
}

Deno.test("along each axis of a stored tensor lie channels, in the order in which nodes ask for them", () => {
  const { stored } = traced();
  assert.deepEqual(stored.map(({ tensor, axis, role, labels }) => [tensor, axis, role, labels.length]), [
    ["w", 0, "in", 3],
    ["w", 1, "out", 4],
    ["v", 0, "in", 4],
    ["v", 1, "out", 5],
  ]);
});

Deno.test("inputs and outputs of the graph close what they are made of, with the reason", () => {
  const { atoms, stored } = traced();
  const kept = atoms.kept();
  const why = stored.map(({ labels }) => [...kept.get(atoms.find(labels[0]!)) ?? []].join());
  assert.deepEqual(why, ['"x" is an input of the graph', "", "", '"y" is an output of the graph']);
});

Deno.test("what lies between two layers is one channel in both", () => {
  const { atoms, stored, values } = traced();
  const [, made, read] = stored;
  assert.deepEqual(
    [...made!.labels].map((label) => atoms.find(label)),
    [...read!.labels].map((label) => atoms.find(label)),
  );
  const axis = values.get("a")![1]!;
  assert.ok(isOpen(axis) && axis.labels === made!.labels);
});

Deno.test("a stored tensor of whole numbers has no channels, and says so", () => {
  const g = new GraphBuilder();
  const table = g.parameter("t", new Tensor("int32", new Int32Array(6), [2, 3]));
  g.output(g.node("Mul", [g.input("x", "int32", [2, 3]), table])[0]!, "y");
  const { whole, stored } = traceChannels(inferShapes(g.model()));
  assert.deepEqual([stored, [...whole]], [[], [[
    "t",
    '"t" is stored as int32, whose channels are not followed',
  ]]]);
});

Deno.test("codes that one reader follows and another does not keep their channels, whoever comes first", () => {
  const build = (order: readonly ["codes", "rows"] | readonly ["rows", "codes"]) => {
    const g = new GraphBuilder();
    const codes = g.parameter("t", new Tensor("int8", new Int8Array(80).fill(3), [10, 8]));
    const scale = g.constant(float32([0.5], []));
    const h = g.matMul(g.input("x", "float32", [2, 4]), g.parameter("w", weight(4, 8)));
    const readers = {
      codes: () => {
        const table = g.node("Transpose", [g.node("DequantizeLinear", [codes, scale])[0]!], {
          perm: [1, 0],
        })[0]!;
        g.output(g.matMul(g.relu(h), table), "y");
      },
      rows: () => {
        const rows = g.node("Gather", [codes, g.input("ids", "int64", [5])])[0]!;
        g.output(
          g.matMul(g.node("DequantizeLinear", [rows, scale])[0]!, g.parameter("v", weight(8, 3))),
          "z",
        );
      },
    };
    for (const reader of order) readers[reader]();
    return traceChannels(inferShapes(g.model()));
  };
  for (const order of [["codes", "rows"], ["rows", "codes"]] as const) {
    const { atoms, stored } = build(order);
    const made = stored.find(({ tensor, axis }) => tensor === "w" && axis === 1)!;
    const kept = atoms.kept();
    for (const label of made.labels) {
      assert.ok(kept.has(atoms.find(label)), `${order}: channel ${label} may go`);
    }
  }
});
