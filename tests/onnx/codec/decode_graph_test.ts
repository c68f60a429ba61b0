import assert from "node:assert/strict";
import { loadModel } from "../../../lib/io/load_model.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";

const FIXTURE = new URL("../../fixtures/onnx/everything.onnx", import.meta.url);

Deno.test("attributes of every type keep their values", async () => {
  const { graph } = await loadModel(FIXTURE);
  const { attributes } = graph.nodes.find(({ op }) => op === "Custom")!;
  assert.deepEqual(attributes.f, { type: "float", value: 1 });
  assert.deepEqual(attributes.i, { type: "int", value: -(2n ** 63n) });
  assert.deepEqual(attributes.s, { type: "string", value: "text" });
  assert.deepEqual(attributes.b, { type: "string", value: Uint8Array.of(0xff, 0xfe) });
  assert.deepEqual(attributes.floats, { type: "floats", value: [1, 2.5] });
  assert.deepEqual(attributes.ints, { type: "ints", value: [1, 2n ** 62n] });
  assert.deepEqual(attributes.strings, { type: "strings", value: ["p", "q"] });
  assert.deepEqual(attributes.no_ints, { type: "ints", value: [] });
  assert.equal(attributes.t?.type === "tensor" && (attributes.t.value as Tensor).data[0], 1.5);
  assert.equal(attributes.graphs?.type, "graphs");
  assert.equal(attributes.type?.type, "opaque");
});

Deno.test("nodes are sorted, open dimensions have names of their own, types that are no tensors are kept", async () => {
  const { graph } = await loadModel(FIXTURE);
  assert.deepEqual(graph.nodes.map(({ op }) => op), ["If", "Custom"]);
  assert.deepEqual(graph.values.get("y")?.shape, ["y#0", 3, "M"]);
  assert.ok(graph.values.get("list")?.opaque);
});
