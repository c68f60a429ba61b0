import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { type LocalFunction, readFunction } from "../../../lib/onnx/codec/decode_function.ts";
import { schema } from "../../../lib/onnx/codec/schema.ts";
import { concatBytes, WireReader } from "../../../lib/onnx/codec/wire_reader.ts";
import { WireWriter } from "../../../lib/onnx/codec/wire_writer.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { Model } from "../../../lib/onnx/model.ts";
import { inlineFunctions } from "../../../lib/onnx/passes/inline_functions.ts";
import { float32, numbersOf } from "../../../lib/tensor/tensor.ts";
import { runNative } from "../run_native.ts";

/** A model that calls the first of some functions, each of which calls the next twice, the last a Relu. */
function doubling(levels: number): Model {
  const g = new GraphBuilder("doubling");
  const [y] = g.node("F0", [g.input("x", "float32", [2, 3])], {}, { domain: "own" });
  g.output(y!);
  const { graph, info } = g.model();
  const functions = Array.from({ length: levels }, (_, i): LocalFunction => {
    const called = i < levels - 1 ? { op: `F${i + 1}`, domain: "own" } : { op: "Relu" };
    return {
      bytes: new Uint8Array(),
      name: `F${i}`,
      domain: "own",
      overload: "",
      inputs: ["a"],
      outputs: ["c"],
      defaults: new Map(),
      nodes: [
        { ...called, inputs: ["a"], outputs: ["b"], attributes: {} },
        { ...called, inputs: ["b"], outputs: ["c"], attributes: {} },
      ],
      opsets: new Map([["own", 1]]),
    };
  });
  return new Model(graph, { ...info, opsets: { ...info.opsets, own: 1 }, functions });
}

Deno.test("inlineFunctions: functions that call functions become their nodes, up to a limit", () => {
  // Two calls at each of five levels: 2⁵ nodes.
  const { nodes } = inlineFunctions(doubling(5)).graph;
  assert.equal(nodes.length, 32);
  assert.ok(nodes.every(({ op }) => op === "Relu"));
  // 2³⁰ nodes would not fit into memory, so they are counted before any is made.
  for (const use of [inlineFunctions, countMacs]) {
    assert.throws(() => use(doubling(30)), {
      name: "TypeError",
      message: /they would be 1,073,741,824 nodes, most of them from F0 .* at most 100,000/,
    });
  }
});

/** A function of one node, as a file holds it. */
function functionBytes(name: string, overload: string, op: string): Uint8Array {
  const writer = new WireWriter();
  const fields = schema.FunctionProto;
  writer.string(fields.name, name);
  writer.string(fields.input, "a");
  writer.string(fields.output, "b");
  writer.message(fields.node, (node) => {
    node.string(schema.NodeProto.input, "a");
    node.string(schema.NodeProto.output, "b");
    node.string(schema.NodeProto.op_type, op);
  });
  writer.message(fields.opset_import, (opset) => opset.int(schema.OperatorSetIdProto.version, 20));
  writer.string(fields.domain, "own");
  if (overload) writer.string(fields.overload, overload);
  return concatBytes(writer.parts());
}

Deno.test("a call of an overload gets the body of that function, as ONNX Runtime gives it", async () => {
  const g = new GraphBuilder("overloads");
  const x = g.input("x", "float32", [2]);
  const [y, z] = [g.freeName("y"), g.freeName("z")];
  const call = { op: "F", domain: "own", inputs: [x], attributes: {} };
  g.place({ ...call, outputs: [y] });
  g.place({ ...call, outputs: [z], overload: "v2" });
  for (const value of [y, z]) {
    g.declare(value, { type: "float32", shape: [2] });
    g.output(value);
  }
  const { graph, info } = g.model();
  const functions = [["", "Neg"], ["v2", "Abs"]].map(([overload, op]) => {
    const reader = new WireReader(functionBytes("F", overload!, op!), "made here");
    return readFunction(reader, { external: () => assert.fail(), unpacked: { bytes: 0 } });
  });
  const made = new Model(graph, { ...info, opsets: { ...info.opsets, own: 1 }, functions });
  const model = decodeModel(made.toOnnx());
  const feeds = { x: float32([-1, 2]) };
  const [expected, found] = [await runNative(model, feeds), await runNative(inlineFunctions(model), feeds)];
  assert.deepEqual(numbersOf(expected[z]!), [1, 2]);
  for (const value of [y, z]) assert.deepEqual(found[value]!.data, expected[value]!.data, value);
});
