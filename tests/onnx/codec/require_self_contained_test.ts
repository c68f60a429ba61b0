import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { decodeModel } from "../../../lib/onnx/codec/decode.ts";
import { fileBytes } from "../../../lib/onnx/codec/encode.ts";
import { schema } from "../../../lib/onnx/codec/schema.ts";
import { concatBytes } from "../../../lib/onnx/codec/wire_reader.ts";
import { WireWriter } from "../../../lib/onnx/codec/wire_writer.ts";
import { Model } from "../../../lib/onnx/model.ts";
import { inlineFunctions } from "../../../lib/onnx/passes/inline_functions.ts";
import { numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";

/** A `TensorProto` of two floats, here or in another file. */
function tensor(writer: WireWriter, location: string | undefined): void {
  const fields = schema.TensorProto;
  writer.ints(fields.dims, [2]);
  writer.int(fields.data_type, 1);
  if (location === undefined) return writer.bytes(fields.raw_data, new Uint8Array(8));
  writer.message(fields.external_data, (entry) => {
    entry.string(schema.StringStringEntryProto.key, "location");
    entry.string(schema.StringStringEntryProto.value, location);
  });
  writer.int(fields.data_location, 1);
}

function written(write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  write(writer);
  return concatBytes(writer.parts());
}

/** A function that gives a constant. */
const constantFunction = (location?: string) =>
  written((writer) => {
    const fields = schema.FunctionProto;
    writer.string(fields.name, "F");
    writer.string(fields.domain, "own");
    writer.string(fields.output, "c");
    writer.message(fields.node, (node) => {
      node.string(schema.NodeProto.op_type, "Constant");
      node.string(schema.NodeProto.output, "c");
      node.message(schema.NodeProto.attribute, (attribute) => {
        attribute.string(schema.AttributeProto.name, "value");
        attribute.message(schema.AttributeProto.t, (value) => tensor(value, location));
        attribute.int(schema.AttributeProto.type, 4);
      });
    });
    writer.message(fields.opset_import, (opset) => opset.int(schema.OperatorSetIdProto.version, 20));
  });

/** Training information with an initializer: field 20 of a model, whose field 1 is a graph. */
const training = (location?: string) =>
  written((writer) =>
    writer.message(
      20,
      (info) =>
        info.message(
          1,
          (graph) => graph.message(schema.GraphProto.initializer, (inner) => tensor(inner, location)),
        ),
    )
  );

/** An attribute with a sparse tensor, field 22. */
const sparse = (location?: string) =>
  written((writer) => {
    writer.string(schema.AttributeProto.name, "table");
    writer.message(22, (inner) => inner.message(1, (values) => tensor(values, location)));
    writer.int(schema.AttributeProto.type, 11);
  });

/** The bytes of a model that calls `F` and `G` of its own domain, with these parts. */
function file(parts: { called?: Uint8Array; training?: Uint8Array; sparse?: Uint8Array }): Uint8Array {
  const g = new GraphBuilder("parts");
  const [c] = g.node("F", [], {}, { domain: "own" });
  g.declare(c!, { type: "float32", shape: [2] });
  g.output(g.input("y", "float32", [2]));
  const { graph, info } = g.model();
  // Not by the writer that is tested: the node that makes y, and what is carried.
  const node = written((writer) =>
    writer.message(schema.GraphProto.node, (node) => {
      node.string(schema.NodeProto.op_type, "G");
      node.string(schema.NodeProto.domain, "own");
      node.string(schema.NodeProto.input, c!);
      node.string(schema.NodeProto.output, "y");
      if (parts.sparse) node.bytes(schema.NodeProto.attribute, parts.sparse);
    })
  );
  const model = new Model({ ...graph, inputs: [], rest: node }, {
    ...info,
    opsets: { ...info.opsets, own: 1 },
  });
  const rest = written((writer) => {
    writer.bytes(schema.ModelProto.functions, parts.called ?? constantFunction());
    writer.raw(parts.training);
  });
  return concatBytes([model.toOnnx(), rest]);
}

const external = () => new Uint8Array(Float32Array.of(3, 4).buffer);

Deno.test("what is written as it was read, and has its tensors in it, is written", () => {
  const bytes = file({ training: training(), sparse: sparse() });
  assert.deepEqual(decodeModel(decodeModel(bytes).toOnnx()), decodeModel(bytes));
});

Deno.test("a part that cannot be read is written as it was", () => {
  // Training information whose graph says that it has eight bytes, and has none.
  const bytes = file({ training: Uint8Array.of(0xa2, 0x01, 2, 0x0a, 8) });
  assert.deepEqual(decodeModel(decodeModel(bytes).toOnnx()), decodeModel(bytes));
});

Deno.test("a part that is written as it was read is refused where its tensors lie in another file", () => {
  const parts = {
    "function own:F": { called: constantFunction("w.bin") },
    "training information": { training: training("w.bin") },
    'attribute "table" of G (output "y")': { sparse: sparse("w.bin") },
  };
  for (const [part, given] of Object.entries(parts)) {
    const model = decodeModel(file(given), { external });
    assert.throws(() => model.toOnnx(), (error: Error) =>
      error instanceof TypeError &&
      error.message.startsWith(
        `Cannot write the model with its ${part}: tensors of it lie in "w.bin", beside`,
      ));
    // Only counting its bytes harms nobody.
    assert.ok(fileBytes(model) > 100);
  }
});

Deno.test("inlined, such a function is written with its numbers", () => {
  const model = inlineFunctions(decodeModel(file({ called: constantFunction("w.bin") }), { external }));
  const [constant] = model.graph.nodes;
  assert.equal(constant!.op, "Constant");
  const { graph } = decodeModel(model.toOnnx());
  const { value } = graph.nodes[0]!.attributes;
  assert.deepEqual(value?.type === "tensor" && numbersOf(value.value as Tensor), [3, 4]);
});
