import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { encodeModel } from "../../../lib/onnx/codec/encode.ts";
import { schema } from "../../../lib/onnx/codec/schema.ts";
import { concatBytes } from "../../../lib/onnx/codec/wire_reader.ts";
import { WireWriter } from "../../../lib/onnx/codec/wire_writer.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import type { Model } from "../../../lib/onnx/model.ts";
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

Deno.test("what dimensions denote stays with them, open ones too, until there is another shape", () => {
  const g = new GraphBuilder("denoted");
  g.output(g.relu(g.input("x", "float32", [2])), "y");
  const written = new WireWriter();
  const { dim_value, dim_param } = schema.Dimension;
  const denotation = 3;
  written.message(schema.GraphProto.value_info, (info) => {
    info.string(schema.ValueInfoProto.name, "z");
    info.message(
      schema.ValueInfoProto.type,
      (type) =>
        type.message(schema.TypeProto.tensor_type, (tensor) => {
          tensor.int(schema.TypeProtoTensor.elem_type, 1);
          tensor.message(schema.TypeProtoTensor.shape, (shape) => {
            const dim = (write: (field: WireWriter) => void) =>
              shape.message(schema.TensorShapeProto.dim, write);
            dim((field) => {
              field.string(dim_param, "N");
              field.string(denotation, "DATA_BATCH");
            });
            dim((field) => field.int(dim_value, 3));
            dim((field) => field.string(denotation, "DATA_FEATURE"));
          });
        }),
    );
  });
  const rest = concatBytes(written.parts());
  const model = decodeModel(encodeModel(g.model().withGraph({ ...g.graph(), rest })));
  assert.deepEqual(model.graph.values.get("z")!.shape, ["N", 3, "z#2"]);
  const asText = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);
  const has = (model: Model, text: string) => asText(encodeModel(model)).includes(text);
  assert.ok(has(model, asText(rest)));
  const values = new Map(model.graph.values).set("z", { type: "float32", shape: ["N", 3, 4] });
  const changed = model.withGraph({ ...model.graph, values });
  assert.ok(!has(changed, "DATA_"));
});

Deno.test("what inputs and outputs declare stays where the file says less, or something else, of them again", () => {
  const g = new GraphBuilder("declared");
  const x = g.input("x", "float32", ["N", 3]);
  g.output(g.relu(x), "y");
  const graph = g.graph();
  const again = new WireWriter();
  const names = ["x", "y", "z"];
  for (const name of names) {
    again.message(schema.GraphProto.value_info, (info) => {
      info.string(schema.ValueInfoProto.name, name);
      info.string(schema.ValueInfoProto.doc_string, `of ${name}`);
      if (name !== "y") info.bytes(schema.ValueInfoProto.type, Uint8Array.of(10, 2, 8, 10)); // float16
    });
  }
  const rest = concatBytes(again.parts());
  const { values } = decodeModel(encodeModel(g.model().withGraph({ ...graph, rest }))).graph;
  assert.deepEqual(Object.fromEntries(names.map((name) => [name, values.get(name)])), {
    x: { type: "float32", shape: ["N", 3], doc: "of x" },
    y: { type: "float32", shape: ["N", 3], doc: "of y" },
    z: { type: "float16", doc: "of z" },
  });
});
