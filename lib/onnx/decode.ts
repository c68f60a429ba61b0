import { type ExternalReference, readEntry, type ResolveExternal } from "./decode_tensor.ts";
import { type LocalFunction, readFunction } from "./decode_function.ts";
import { readGraph } from "./decode_graph.ts";
import { callsAny, inlineFunctions } from "./inline_functions.ts";
import { type Graph, Model, type ModelInfo } from "./model.ts";
import { refuseOtherFormats } from "./other_formats.ts";
import { schema } from "./schema.ts";
import { sortGraph, subgraphs } from "./topology.ts";
import { concatBytes, type Handlers, WireReader } from "./wire_reader.ts";
import { WireWriter } from "./wire_writer.ts";

/** Settings of {@linkcode decodeModel}. */
export interface DecodeOptions {
  /** What the bytes are, for messages. Default `"the given bytes"`. */
  file?: string;
  /** Finds tensors that are stored in other files; without it they are an error. */
  external?: ResolveExternal;
}

interface Draft {
  info: ModelInfo;
  graph: Graph | undefined;
  producer: { name: string; version: string };
  opsets: [string, number][];
  metadata: [string, string][];
  functions: { read: LocalFunction; bytes: Uint8Array }[];
  external: ResolveExternal;
}

const opset: Handlers<typeof schema.OperatorSetIdProto, { domain: string; version: number }> = {
  domain: (into, reader) => into.domain = reader.string(),
  version: (into, reader) => into.version = reader.safeInt(),
};

const model: Handlers<typeof schema.ModelProto, Draft> = {
  ir_version: ({ info }, reader) => info.irVersion = reader.safeInt(),
  producer_name: ({ producer }, reader) => producer.name = reader.string(),
  producer_version: ({ producer }, reader) => producer.version = reader.string(),
  graph: (into, reader) => into.graph = reader.message((inner) => readGraph(inner, into.external)),
  opset_import: (into, reader) => {
    const read = { domain: "", version: 0 };
    reader.message((inner) => inner.fields(schema.OperatorSetIdProto, opset, read));
    into.opsets.push([read.domain === "ai.onnx" ? "" : read.domain, read.version]);
  },
  metadata_props: (into, reader) => {
    const { key, value } = reader.message(readEntry);
    into.metadata.push([key, value]);
  },
  functions: (into, reader) =>
    reader.message((inner) => {
      const bytes = inner.peek();
      into.functions.push({ read: readFunction(inner, into), bytes });
    }),
};

/**
 * Reads a model from the bytes of an .onnx file.
 *
 * Everything in the file survives {@linkcode encodeModel}: what Espalier does not interpret travels as bytes. Calls of
 * the file's own functions become the nodes that these are made of.
 * Nodes come out in topological order. Tensors are views of `bytes` where their position allows it.
 *
 * @throws SyntaxError naming file, byte offset and field where the bytes are no ONNX model
 */
export function decodeModel(
  bytes: Uint8Array,
  { file = "the given bytes", external }: DecodeOptions = {},
): Model {
  refuseOtherFormats(bytes, file);
  const reader = new WireReader(bytes, file);
  const draft: Draft = {
    info: { irVersion: 0, opsets: {}, metadata: {} },
    graph: undefined,
    producer: { name: "", version: "" },
    opsets: [],
    metadata: [],
    functions: [],
    external: external ?? ((reference, _, tensor) => {
      throw reader.fail(`${missing(reference, tensor)}; load the model by its path or address`);
    }),
  };
  const unread = reader.fields(schema.ModelProto, model, draft);
  if (draft.graph === undefined) throw reader.fail("there is no graph in it, so it is no ONNX model");
  const { name, version } = draft.producer;
  const opsets = Object.fromEntries(draft.opsets);
  const { graph, rest } = withoutFunctions(draft.graph, draft.functions, opsets, unread);
  const info: ModelInfo = {
    ...draft.info,
    opsets,
    metadata: Object.fromEntries(draft.metadata),
    ...(name !== "" || version !== "") && { producer: { name, version } },
    ...rest && { rest },
  };
  try {
    return new Model(sortGraph(graph), info);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SyntaxError(`Cannot read ${file}: ${error.message}`, { cause: error });
  }
}

/** The graph with calls written out, and the functions as bytes where some cannot be. */
function withoutFunctions(
  graph: Graph,
  functions: Draft["functions"],
  opsets: Record<string, number>,
  unread: Uint8Array | undefined,
): { graph: Graph; rest: Uint8Array | undefined } {
  const all = functions.map(({ read }) => read);
  const written = inlineFunctions(graph, all, opsets);
  if (!callsAny(written, all)) {
    const used = domainsOf(written);
    for (const { domain, opsets: own } of all) {
      if (domain && !used.has(domain)) delete opsets[domain];
      for (const [name, version] of own) opsets[name] ??= version;
    }
    return { graph: written, rest: unread };
  }
  const kept = new WireWriter();
  if (unread) kept.raw(unread);
  for (const { bytes } of functions) kept.bytes(schema.ModelProto.functions, bytes);
  return { graph: written, rest: concatBytes(kept.parts()) };
}

function domainsOf({ nodes }: Graph): Set<string> {
  return new Set(nodes.flatMap((node) => [
    ...node.domain ? [node.domain] : [],
    ...subgraphs(node).flatMap((graph) => [...domainsOf(graph)]),
  ]));
}

function missing({ location }: ExternalReference, tensor: string): string {
  return `tensor "${tensor}" is stored in another file, "${location}"`;
}
