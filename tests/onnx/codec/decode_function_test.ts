import assert from "node:assert/strict";
import { loadModel } from "../../../lib/io/load_model.ts";
import { readFunction } from "../../../lib/onnx/codec/decode_function.ts";
import { WireReader } from "../../../lib/onnx/codec/wire_reader.ts";

Deno.test("a function that ONNX's own library wrote is read, and its bytes are kept", async () => {
  const { info } = await loadModel(new URL("../../fixtures/onnx/everything.onnx", import.meta.url));
  const [read, ...more] = info.functions!;
  const { bytes, nodes, opsets, ...named } = read!;
  assert.equal(more.length, 0);
  const signature = { name: "Custom", domain: "example", overload: "" };
  assert.deepEqual(named, { ...signature, inputs: ["a", "b", "c"], outputs: ["z"], defaults: new Map() });
  assert.deepEqual(nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs]), [["Identity", ["a"], [
    "z",
  ]]]);
  assert.deepEqual([...opsets], [["", 20]]);
  const fail = () => assert.fail("no tensors lie elsewhere");
  assert.deepEqual(
    readFunction(new WireReader(bytes, "kept"), { external: fail, unpacked: { bytes: 0 } }),
    read,
  );
});
