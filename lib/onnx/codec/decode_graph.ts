import { withoutUndefined } from "../../options.ts";
import { limits, raised } from "../../limits.ts";
import { quoted } from "../../printable.ts";
import type { Attribute, Attributes } from "../attribute.ts";
import type { Dim } from "../dim.ts";
import type { Draft } from "../draft.ts";
import { readSparseAttribute, readSparseTensor } from "./decode_sparse_tensor.ts";
import { readTensor } from "./decode_tensor.ts";
import { elementType } from "../../tensor/element_types.ts";
import type { Graph, Node, ValueInfo } from "../model.ts";
import { operatorOf } from "../operators/table.ts";
import { keepFieldsOfDims, keepUnknownFields, restOf } from "./unknown_fields.ts";
import { ATTRIBUTE_TYPE, schema } from "./schema.ts";
import type { Surroundings } from "./surroundings.ts";
import type { AnyTensor } from "../../tensor/tensor.ts";
import { concatBytes, type Handlers, type WireReader } from "./wire_reader.ts";
import { WireWriter } from "./wire_writer.ts";

/** The name of a dimension that a file leaves open, unique to its place. */
function openDim(value: string, axis: number): string {
  return `${value}#${axis}`;
}

/** Dimensions as they are collected, with the fields of each that are not read. */
interface OpenShape {
  dims: (Dim | undefined)[];
  rest: (Uint8Array | undefined)[];
}

interface NamedInfo {
  name: string;
  /** `undefined` dimensions are open. */
  shape: OpenShape | undefined;
  info: Draft<ValueInfo>;
  typeRest: Uint8Array | undefined;
  /** An element type that Espalier does not know: the type is kept as bytes. */
  isStrange: boolean;
}

const dimension: Handlers<typeof schema.Dimension, { dim: Dim | undefined }> = {
  dim_value: (into, reader) => {
    const size = reader.safeInt();
    into.dim = size < 0 ? undefined : size;
  },
  dim_param: (into, reader) => into.dim = reader.string() || undefined,
};

const shape: Handlers<typeof schema.TensorShapeProto, OpenShape> = {
  dim: (into, reader) => {
    const read: { dim: Dim | undefined } = { dim: undefined };
    into.rest.push(reader.message(() => reader.fields(schema.Dimension, dimension, read)));
    into.dims.push(read.dim);
  },
};

const tensorType: Handlers<typeof schema.TypeProtoTensor, NamedInfo> = {
  elem_type: (into, reader) => {
    const code = reader.safeInt();
    const type = elementType(code);
    if (type !== undefined) into.info.type = type;
    else if (code !== 0) into.isStrange = true;
  },
  shape: (into, reader) => {
    const read: OpenShape = into.shape = { dims: [], rest: [] };
    reader.message(() => reader.fields(schema.TensorShapeProto, shape, read));
  },
};

function opaqueType(_into: NamedInfo, reader: WireReader): void {
  reader.take();
}

const type: Handlers<typeof schema.TypeProto, NamedInfo> = {
  tensor_type: (into, reader) =>
    reader.message(() => {
      reader.fields(schema.TypeProtoTensor, tensorType, into);
    }),
  sequence_type: opaqueType,
  map_type: opaqueType,
  opaque_type: opaqueType,
  sparse_tensor_type: opaqueType,
  optional_type: opaqueType,
};

const valueInfo: Handlers<typeof schema.ValueInfoProto, NamedInfo> = {
  name: (into, reader) => into.name = reader.string(),
  type: (into, reader) => {
    const whole = reader.message((inner) => {
      const peek = inner.peek();
      into.typeRest = inner.fields(schema.TypeProto, type, into) ?? into.typeRest;
      return peek;
    });
    const isRead = !into.isStrange && (into.info.type !== undefined || into.shape !== undefined);
    if (whole.length > 0 && !isRead) into.info.opaque = whole;
  },
  doc_string: (into, reader) => into.info.doc = reader.string(),
};

function readValueInfo(reader: WireReader): { name: string; info: ValueInfo } {
  const read: NamedInfo = { name: "", shape: undefined, info: {}, typeRest: undefined, isStrange: false };
  const rest = reader.fields(schema.ValueInfoProto, valueInfo, read);
  const { name, info } = read;
  // A shape of elements without a type says nothing that may be relied on, and could not be written back.
  if (info.type !== undefined && read.shape) {
    info.shape = read.shape.dims.map((dim, axis) => dim ?? openDim(name, axis));
    keepFieldsOfDims(info.shape, read.shape.rest);
  }
  const keep = [rest, info.opaque ? undefined : typeFields(read.typeRest)].filter((part) =>
    part !== undefined
  );
  if (keep.length > 0) info.rest = concatBytes(keep);
  return { name, info };
}

/** Readers merge a message field that comes twice, so what is left of the type can follow as another one. */
function typeFields(rest: Uint8Array | undefined): Uint8Array | undefined {
  if (rest === undefined) return undefined;
  const writer = new WireWriter();
  writer.bytes(schema.ValueInfoProto.type, rest);
  return concatBytes(writer.parts());
}

/** The fields of an `AttributeProto` as they are collected. */
interface AttributeDraft extends Surroundings {
  name: string;
  code: number;
  f: number;
  i: number | bigint;
  s: string | Uint8Array;
  t: AnyTensor | undefined;
  g: Graph | undefined;
  floats: number[];
  ints: (number | bigint)[];
  strings: (string | Uint8Array)[];
  tensors: AnyTensor[];
  graphs: Graph[];
  reference: string | undefined;
  /** The type that the fields point to, for files that do not say. */
  seen: number;
}

const textOrBytes = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readText(reader: WireReader): string | Uint8Array {
  const bytes = reader.take();
  try {
    return textOrBytes.decode(bytes);
  } catch {
    return bytes;
  }
}

/** A tensor in an attribute may have a name of its own, which nobody reads. */
function readUnnamedTensor(into: AttributeDraft, reader: WireReader): AnyTensor {
  const { name, tensor } = reader.message((inner) => readTensor(inner, into.external));
  if (name !== "") {
    const writer = new WireWriter();
    writer.string(schema.TensorProto.name, name);
    writer.raw(restOf(tensor));
    keepUnknownFields(tensor, concatBytes(writer.parts()));
  }
  return tensor;
}

const attribute: Handlers<typeof schema.AttributeProto, AttributeDraft> = {
  name: (into, reader) => into.name = reader.string(),
  f: (into, reader) => [into.f, into.seen] = [reader.float(), ATTRIBUTE_TYPE.float],
  i: (into, reader) => [into.i, into.seen] = [reader.int(), ATTRIBUTE_TYPE.int],
  s: (into, reader) => [into.s, into.seen] = [readText(reader), ATTRIBUTE_TYPE.string],
  t: (into, reader) => [into.t, into.seen] = [readUnnamedTensor(into, reader), ATTRIBUTE_TYPE.tensor],
  g: (into, reader) =>
    [into.g, into.seen] = [reader.message((inner) => readGraph(inner, into)), ATTRIBUTE_TYPE.graph],
  floats: (into, reader) => {
    const bytes = reader.fixed(4);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 4) into.floats.push(view.getFloat32(at, true));
    into.seen = ATTRIBUTE_TYPE.floats;
  },
  ints: (into, reader) => {
    reader.ints((value) => into.ints.push(value));
    into.seen = ATTRIBUTE_TYPE.ints;
  },
  strings: (into, reader) => {
    into.strings.push(readText(reader));
    into.seen = ATTRIBUTE_TYPE.strings;
  },
  tensors: (into, reader) => {
    into.tensors.push(readUnnamedTensor(into, reader));
    into.seen = ATTRIBUTE_TYPE.tensors;
  },
  graphs: (into, reader) => {
    into.graphs.push(reader.message((inner) => readGraph(inner, into)));
    into.seen = ATTRIBUTE_TYPE.graphs;
  },
  type: (into, reader) => into.code = reader.safeInt(),
  ref_attr_name: (into, reader) => {
    into.reference = reader.string();
  },
};

/** The attribute of a draft, by the code of its type. */
const attributeOf: Readonly<Record<number, (draft: AttributeDraft, reader: WireReader) => Attribute>> = {
  [ATTRIBUTE_TYPE.float]: ({ f }) => ({ type: "float", value: f }),
  [ATTRIBUTE_TYPE.int]: ({ i }) => ({ type: "int", value: i }),
  [ATTRIBUTE_TYPE.string]: ({ s }) => ({ type: "string", value: s }),
  [ATTRIBUTE_TYPE.tensor]: ({ t, name }, reader) => {
    if (t === undefined) throw reader.fail(`attribute ${quoted(name)} is said to be a tensor, but has none`);
    return { type: "tensor", value: t };
  },
  [ATTRIBUTE_TYPE.graph]: ({ g, name }, reader) => {
    if (g === undefined) throw reader.fail(`attribute ${quoted(name)} is said to be a graph, but has none`);
    return { type: "graph", value: g };
  },
  [ATTRIBUTE_TYPE.floats]: ({ floats }) => ({ type: "floats", value: floats }),
  [ATTRIBUTE_TYPE.ints]: ({ ints }) => ({ type: "ints", value: ints }),
  [ATTRIBUTE_TYPE.strings]: ({ strings }) => ({ type: "strings", value: strings }),
  [ATTRIBUTE_TYPE.tensors]: ({ tensors }) => ({ type: "tensors", value: tensors }),
  [ATTRIBUTE_TYPE.graphs]: ({ graphs }) => ({ type: "graphs", value: graphs }),
};

export function readAttribute(
  reader: WireReader,
  { external, unpacked }: Surroundings,
): [name: string, attribute: Attribute] {
  const whole = reader.peek();
  const draft: AttributeDraft = {
    external,
    unpacked,
    name: "",
    code: 0,
    f: 0,
    i: 0,
    s: "",
    t: undefined,
    g: undefined,
    floats: [],
    ints: [],
    strings: [],
    tensors: [],
    graphs: [],
    reference: undefined,
    seen: 0,
  };
  const rest = reader.fields(schema.AttributeProto, attribute, draft);
  const { reference } = draft;
  const make = reference === undefined ? attributeOf[draft.code || draft.seen] : undefined;
  if (make === undefined) {
    return [draft.name, withoutUndefined({ type: "opaque", value: whole, reference })];
  }
  const made = make(draft, reader);
  keepUnknownFields(made, rest);
  return [draft.name, made];
}

interface NodeDraft extends Surroundings {
  node: Draft<Node>;
  attributes: [string, Attribute][];
}

const node: Handlers<typeof schema.NodeProto, NodeDraft> = {
  input: ({ node }, reader) => node.inputs.push(reader.string()),
  output: ({ node }, reader) => node.outputs.push(reader.string()),
  name: ({ node }, reader) => node.name = reader.string(),
  op_type: ({ node }, reader) => node.op = reader.string(),
  domain({ node }, reader) {
    const domain = reader.string();
    node.domain = domain === "ai.onnx" ? "" : domain;
  },
  overload: ({ node }, reader) => node.overload = reader.string(),
  attribute: (into, reader) => into.attributes.push(reader.message((inner) => readAttribute(inner, into))),
};

export function readNode(reader: WireReader, { external, unpacked }: Surroundings): Node {
  const draft: NodeDraft = {
    external,
    unpacked,
    node: { op: "", inputs: [], outputs: [], attributes: {} },
    attributes: [],
  };
  const rest = reader.fields(schema.NodeProto, node, draft);
  if (draft.node.op === "") throw reader.fail("the node has no operator");
  const constant = operatorOf(draft.node) === "Constant";
  const attributes: Attributes = Object.fromEntries(
    constant ? draft.attributes.map((entry) => dense(entry, reader.file, draft)) : draft.attributes,
  );
  return withoutUndefined({ ...draft.node, attributes, rest });
}

/**
 * A sparse tensor of a Constant as the dense one that it stands for: sparse initializers are read so, too.
 */
function dense(
  entry: [name: string, attribute: Attribute],
  file: string,
  surroundings: Surroundings,
): [name: string, attribute: Attribute] {
  const [name, attribute] = entry;
  if (name !== "sparse_value" || attribute.type !== "opaque") return entry;
  const value = readSparseAttribute(attribute.value, file, surroundings);
  return value === undefined ? entry : ["value", { type: "tensor", value }];
}

interface GraphDraft extends Surroundings {
  graph: Draft<Graph>;
  movable: boolean;
}

/** Reads a declared input or output: it counts before what is said of the same value elsewhere. */
function readPort({ graph }: GraphDraft, reader: WireReader): string {
  const { name, info } = reader.message(readValueInfo);
  graph.values.set(name, completed(info, graph.values.get(name)));
  return name;
}

function readInfo({ graph }: GraphDraft, reader: WireReader): void {
  const { name, info } = reader.message(readValueInfo);
  const known = graph.values.get(name);
  graph.values.set(name, known ? completed(known, info) : info);
}

/** What is told of a value, completed by what is told elsewhere: by a shape only of the same type. */
function completed(info: ValueInfo, other: ValueInfo | undefined): ValueInfo {
  if (other === undefined) return info;
  if (info.type === undefined && info.opaque === undefined) return { ...other, ...info };
  const shape = other.type === info.type ? other.shape : undefined;
  return withoutUndefined({ doc: other.doc, rest: other.rest, shape, ...info });
}

function addInitializer(
  { graph }: GraphDraft,
  reader: WireReader,
  read: (reader: WireReader) => { name: string; tensor: AnyTensor },
): void {
  const { name, tensor } = reader.message(read);
  if (name === "") throw reader.fail("the initializer has no name");
  if (graph.initializers.has(name)) throw reader.fail(`there are two initializers ${quoted(name)}`);
  if (graph.initializers.size >= limits().tensors) {
    throw reader.fail(`found more than ${limits().tensors} tensors, ${raised("tensors")}`);
  }
  graph.initializers.set(name, tensor);
}

const graph: Handlers<typeof schema.GraphProto, GraphDraft> = {
  node: (into, reader) => {
    if (into.graph.nodes.length >= limits().nodes) {
      throw reader.fail(`found more than ${limits().nodes} nodes, ${raised("nodes")}`);
    }
    into.graph.nodes.push(reader.message((inner) => readNode(inner, into)));
  },
  name: ({ graph }, reader) => graph.name = reader.string(),
  initializer: (into, reader) =>
    addInitializer(into, reader, (inner) => readTensor(inner, into.external, into.movable)),
  sparse_initializer: (into, reader) =>
    addInitializer(into, reader, (inner) => readSparseTensor(inner, into)),
  input: (into, reader) => into.graph.inputs.push(readPort(into, reader)),
  output: (into, reader) => into.graph.outputs.push(readPort(into, reader)),
  value_info: (into, reader) => readInfo(into, reader),
};

/**
 * Reads a `GraphProto` as it stands: nodes in the file's order, names not checked. Its tensors may be moved
 * within the bytes where these are `movable`; those in attributes never are, which may be kept as bytes as
 * well.
 */
export function readGraph(
  reader: WireReader,
  { external, unpacked }: Surroundings,
  movable = false,
): Graph {
  const read: Draft<Graph> = {
    name: "",
    inputs: [],
    outputs: [],
    nodes: [],
    initializers: new Map(),
    values: new Map(),
  };
  const rest = reader.fields(schema.GraphProto, graph, { graph: read, external, unpacked, movable });
  return rest ? { ...read, rest } : read;
}
