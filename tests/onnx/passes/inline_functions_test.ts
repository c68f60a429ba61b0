import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { LocalFunction } from "../../../lib/onnx/codec/decode_function.ts";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { Model } from "../../../lib/onnx/model.ts";
import { inlineFunctions } from "../../../lib/onnx/passes/inline_functions.ts";

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
