import type { Attribute } from "../attribute.ts";
import { readAttribute, readNode } from "./decode_graph.ts";
import type { Node } from "../model.ts";
import { schema } from "./schema.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Handlers, WireReader } from "./wire_reader.ts";

/** An operator that a file defines by a graph of others. */
export interface LocalFunction {
  /** Bytes of the function as it stands in the file. */
  bytes: Uint8Array;
  /** The operator. */
  name: string;
  /** Operator set that the function belongs to. */
  domain: string;
  /** Tells functions of one name apart: a call has the same. */
  overload: string;
  /** Names of its inputs inside. */
  inputs: string[];
  /** Names of its outputs inside. */
  outputs: string[];
  /** Values of attributes that a call does not give. */
  defaults: Map<string, Attribute>;
  /** Nodes of the function, in topological order. */
  nodes: Node[];
  /** Operator sets that its nodes are of, by domain. */
  opsets: Map<string, number>;
}

const opset: Handlers<typeof schema.OperatorSetIdProto, { domain: string; version: number }> = {
  domain: (into, reader) => into.domain = reader.string(),
  version: (into, reader) => into.version = reader.safeInt(),
};

const fields: Handlers<typeof schema.FunctionProto, LocalFunction & { surroundings: Surroundings }> = {
  name: (into, reader) => into.name = reader.string(),
  domain: (into, reader) => into.domain = reader.string(),
  overload: (into, reader) => into.overload = reader.string(),
  input: (into, reader) => into.inputs.push(reader.string()),
  output: (into, reader) => into.outputs.push(reader.string()),
  attribute: (_, reader) => void reader.string(),
  attribute_proto: (into, reader) => {
    const [name, value] = reader.message((inner) => readAttribute(inner, into.surroundings));
    into.defaults.set(name, value);
  },
  node: (into, reader) => into.nodes.push(reader.message((inner) => readNode(inner, into.surroundings))),
  opset_import: (into, reader) => {
    const read = { domain: "", version: 0 };
    reader.message((inner) => inner.fields(schema.OperatorSetIdProto, opset, read));
    into.opsets.set(read.domain === "ai.onnx" ? "" : read.domain, read.version);
  },
};

/** Reads a `FunctionProto`. */
export function readFunction(reader: WireReader, surroundings: Surroundings): LocalFunction {
  const into = {
    surroundings,
    bytes: reader.peek(),
    name: "",
    domain: "",
    overload: "",
    inputs: [],
    outputs: [],
    defaults: new Map<string, Attribute>(),
    nodes: [],
    opsets: new Map<string, number>(),
  };
  reader.fields(schema.FunctionProto, fields, into);
  const { surroundings: _, ...read } = into;
  return read;
}
