import { TypeError } from "../../errors.ts";
import { givenInWords } from "../../given.ts";
import { quoted } from "../../printable.ts";
import { type Attribute, describe } from "../attribute.ts";
import type { Shape } from "../dim.ts";
import { byteLength, storage } from "../../tensor/element_types.ts";
import type { Graph, Model, Node, ValueInfo } from "../model.ts";
import { restOf, restOfDims } from "./unknown_fields.ts";
import { ATTRIBUTE_TYPE, schema } from "./schema.ts";
import { type AnyTensor, ELEMENT_TYPE, sizeOf } from "../../tensor/tensor.ts";
import { bytesOf } from "../../tensor/arrays.ts";
import { concatBytes } from "./wire_reader.ts";
import { WireWriter } from "./wire_writer.ts";
import { requireSelfContained } from "./require_self_contained.ts";
import { requireModel } from "../require_model.ts";

/** Where a tensor goes that is not to be stored in the model's own file; `undefined` keeps it there. */
export type PlaceExternal = (bytes: Uint8Array) => { location: string; offset: number } | undefined;

/** The model as the bytes of an .onnx file. */
export function encodeModel(model: Model): Uint8Array<ArrayBuffer> {
  return concatBytes(encodeParts(model));
}

/** Bytes of the .onnx file that holds all of a model: what `encodeModel` would give, without making it. */
export function fileBytes(model: Model): number {
  requireModel(model);
  return partsOf(model, () => undefined).reduce((sum, { length }) => sum + length, 0);
}

/**
 * The model as consecutive parts of an .onnx file; tensors are not copied.
 *
 * @throws TypeError where what is carried as bytes has tensors in another file
 */
export function encodeParts(model: Model, place: PlaceExternal = () => undefined): readonly Uint8Array[] {
  requireModel(model);
  requireSelfContained(model);
  return partsOf(model, place);
}

function partsOf(model: Model, place: PlaceExternal): readonly Uint8Array[] {
  const { graph, info } = model;
  const fields = schema.ModelProto;
  const writer = new WireWriter();
  writer.int(fields.ir_version, info.irVersion);
  if (info.producer) {
    writer.string(fields.producer_name, info.producer.name);
    if (info.producer.version) writer.string(fields.producer_version, info.producer.version);
  }
  writer.message(fields.graph, (inner) => writeGraph(inner, graph, place));
  for (const [domain, version] of Object.entries(info.opsets)) {
    writer.message(fields.opset_import, (inner) => {
      if (domain !== "") inner.string(schema.OperatorSetIdProto.domain, domain);
      inner.int(schema.OperatorSetIdProto.version, version);
    });
  }
  for (const [key, value] of Object.entries(info.metadata)) {
    writer.message(fields.metadata_props, (inner) => writeEntry(inner, key, value));
  }
  for (const { bytes } of info.functions ?? []) writer.bytes(fields.functions, bytes);
  writer.raw(info.rest);
  return writer.parts();
}

function writeEntry(writer: WireWriter, key: string, value: string): void {
  writer.string(schema.StringStringEntryProto.key, key);
  writer.string(schema.StringStringEntryProto.value, value);
}

function writeGraph(writer: WireWriter, graph: Graph, place: PlaceExternal): void {
  const fields = schema.GraphProto;
  for (const node of graph.nodes) writer.message(fields.node, (inner) => writeNode(inner, node, place));
  writer.string(fields.name, graph.name);
  for (const [name, tensor] of graph.initializers) {
    writer.message(fields.initializer, (inner) => writeTensor(inner, tensor, name, place));
  }
  const ports = new Set([...graph.inputs, ...graph.outputs]);
  const write = (field: number, name: string) =>
    writer.message(field, (inner) => writeValueInfo(inner, name, graph.values.get(name) ?? {}));
  for (const name of graph.inputs) write(fields.input, name);
  for (const name of graph.outputs) write(fields.output, name);
  for (const [name, info] of graph.values) {
    if (!ports.has(name) && !hasShapeOnly(info)) write(fields.value_info, name);
  }
  writer.raw(graph.rest);
}

function writeNode(writer: WireWriter, node: Node, place: PlaceExternal): void {
  const fields = schema.NodeProto;
  for (const input of node.inputs) writer.string(fields.input, input);
  for (const output of node.outputs) writer.string(fields.output, output);
  if (node.name !== undefined) writer.string(fields.name, node.name);
  writer.string(fields.op_type, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    requireWhole(node, name, attribute);
    writer.message(fields.attribute, (inner) => writeAttribute(inner, name, attribute, place));
  }
  if (node.domain !== undefined) writer.string(fields.domain, node.domain);
  if (node.overload !== undefined) writer.string(fields.overload, node.overload);
  writer.raw(node.rest);
}

/** Refuses integers that are none: bytes have no room for what follows the point. */
function requireWhole(node: Node, name: string, attribute: Attribute): void {
  if (attribute.type !== "int" && attribute.type !== "ints") return;
  for (const value of [attribute.value].flat()) {
    const isWhole = typeof value === "bigint" || Number.isInteger(value);
    if (isWhole && BigInt.asIntN(64, BigInt(value)) === BigInt(value)) continue;
    throw new TypeError(
      `Cannot write attribute ${quoted(name)} of ${describe(node)} with ${
        givenInWords(value)
      }: expected whole ` +
        `numbers of 64 bits, as its type is ${attribute.type}; give it the type ${
          attribute.type === "int" ? "float" : "floats"
        } where the operator takes that`,
    );
  }
}

type Writers = {
  [Type in Exclude<Attribute["type"], "opaque">]: (
    writer: WireWriter,
    value: Extract<Attribute, { type: Type }>["value"],
    place: PlaceExternal,
  ) => void;
};

const fieldOf = schema.AttributeProto;

const values: Writers = {
  float: (writer, value) => writer.float(fieldOf.f, value),
  int: (writer, value) => writer.int(fieldOf.i, value),
  string: (writer, value) => writeText(writer, fieldOf.s, value),
  tensor: (writer, value, place) =>
    writer.message(fieldOf.t, (inner) => writeTensor(inner, value, undefined, place)),
  graph: (writer, value, place) => writer.message(fieldOf.g, (inner) => writeGraph(inner, value, place)),
  floats: (writer, value) => value.forEach((number) => writer.float(fieldOf.floats, number)),
  ints: (writer, value) => value.forEach((number) => writer.int(fieldOf.ints, number)),
  strings: (writer, value) => value.forEach((text) => writeText(writer, fieldOf.strings, text)),
  tensors: (writer, value, place) =>
    value.forEach((tensor) =>
      writer.message(fieldOf.tensors, (inner) => writeTensor(inner, tensor, undefined, place))
    ),
  graphs: (writer, value, place) =>
    value.forEach((graph) => writer.message(fieldOf.graphs, (inner) => writeGraph(inner, graph, place))),
};

function writeText(writer: WireWriter, field: number, text: string | Uint8Array): void {
  if (typeof text === "string") writer.string(field, text);
  else writer.bytes(field, text);
}

function writeAttribute(writer: WireWriter, name: string, attribute: Attribute, place: PlaceExternal): void {
  if (attribute.type === "opaque") return writer.raw(attribute.value);
  writer.string(fieldOf.name, name);
  values[attribute.type](writer, attribute.value as never, place);
  writer.int(fieldOf.type, ATTRIBUTE_TYPE[attribute.type]);
  writer.raw(restOf(attribute));
}

function writeTensor(
  writer: WireWriter,
  tensor: AnyTensor,
  name: string | undefined,
  place: PlaceExternal,
): void {
  const fields = schema.TensorProto;
  writer.plainInts(fields.dims, tensor.dims);
  writer.int(fields.data_type, ELEMENT_TYPE[tensor.type]);
  if (tensor.type === "string") {
    for (const text of tensor.data as string[]) writer.string(fields.string_data, text);
  }
  if (name !== undefined) writer.string(fields.name, name);
  if (storage[tensor.type].bits > 0) writeData(writer, tensor, name, place);
  writer.raw(restOf(tensor));
}

function writeData(
  writer: WireWriter,
  tensor: AnyTensor,
  name: string | undefined,
  place: PlaceExternal,
): void {
  const fields = schema.TensorProto;
  const bytes = bytesOf(tensor);
  const expected = byteLength(tensor.type, sizeOf(tensor.dims));
  if (bytes.length !== expected) {
    throw new TypeError(
      `Cannot encode tensor ${quoted(name ?? "")}: ${tensor.type}[${tensor.dims}] needs ${expected} bytes, ` +
        `but it holds ${bytes.length}`,
    );
  }
  const elsewhere = isReadEarly(tensor) ? undefined : place(bytes);
  if (elsewhere === undefined) return writer.bytes(fields.raw_data, bytes);
  const entries = {
    location: elsewhere.location,
    offset: `${elsewhere.offset}`,
    length: `${bytes.length}`,
  };
  for (const [key, value] of Object.entries(entries)) {
    writer.message(fields.external_data, (inner) => writeEntry(inner, key, value));
  }
  writer.int(fields.data_location, 1);
}

/** More floats than a node has scales, of a Resize the bounds of its region too. */
const FEW = 16;

/**
 * Whether shapes of values may follow from a tensor's numbers, as from shapes, axes and scales: ONNX Runtime
 * refuses a model that has such a tensor in another file.
 */
function isReadEarly({ type, dims }: AnyTensor): boolean {
  return dims.length <= 1 && (type === "int64" || type === "int32" || sizeOf(dims) <= FEW);
}

/** The format has no shape without an element type: ONNX Runtime refuses a model that holds one. */
function hasShapeOnly({ type, shape, opaque }: ValueInfo): boolean {
  return type === undefined && shape !== undefined && opaque === undefined;
}

function writeValueInfo(writer: WireWriter, name: string, info: ValueInfo): void {
  const fields = schema.ValueInfoProto;
  const { type, shape } = info;
  writer.string(fields.name, name);
  if (info.opaque) writer.bytes(fields.type, info.opaque);
  else if (type !== undefined) {
    writer.message(fields.type, (outer) =>
      outer.message(schema.TypeProto.tensor_type, (inner) => {
        inner.int(schema.TypeProtoTensor.elem_type, ELEMENT_TYPE[type]);
        if (shape !== undefined) writeShape(inner, name, shape);
      }));
  }
  if (info.doc !== undefined) writer.string(fields.doc_string, info.doc);
  writer.raw(info.rest);
}

function writeShape(writer: WireWriter, name: string, shape: Shape): void {
  const rest = restOfDims(shape);
  writer.message(schema.TypeProtoTensor.shape, (inner) => {
    shape.forEach((dim, axis) =>
      inner.message(schema.TensorShapeProto.dim, (field) => {
        if (typeof dim === "number") field.int(schema.Dimension.dim_value, dim);
        // A dimension that only has the name of its own place was open in the file, and stays so.
        else if (dim !== `${name}#${axis}`) field.string(schema.Dimension.dim_param, dim);
        field.raw(rest[axis]);
      })
    );
  });
}
