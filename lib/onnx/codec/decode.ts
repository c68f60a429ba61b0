import { SyntaxError } from "../../errors.ts";
import { quoted } from "../../printable.ts";
import { requireOptions, withoutUndefined } from "../../options.ts";
import { type ExternalReference, readEntry, type ResolveExternal } from "./decode_tensor.ts";
import { type LocalFunction, readFunction } from "./decode_function.ts";
import { readGraph } from "./decode_graph.ts";
import type { Draft } from "../draft.ts";
import { type Graph, Model, type ModelInfo } from "../model.ts";
import { refuseOtherFormats } from "../../formats/other_formats.ts";
import { schema } from "./schema.ts";
import type { Surroundings } from "./surroundings.ts";
import { sortGraph } from "../topology.ts";
import { type Handlers, WireReader } from "./wire_reader.ts";

/** Settings of {@linkcode decodeModel}. */
export interface DecodeOptions {
  /** Name of the bytes, for messages. Default `"the given bytes"`. */
  file?: string | undefined;
  /** Finds tensors that are stored in other files; without it they are an error. */
  external?: ResolveExternal | undefined;
  /**
   * Whether the bytes are given away: tensors that arrays cannot begin at are then moved within them, and
   * whoever reads the bytes again reads nonsense. Default false: they are copied.
   */
  movable?: boolean | undefined;
}

interface ModelDraft extends Surroundings {
  info: Draft<ModelInfo>;
  graph: Graph | undefined;
  producer: { name: string; version: string };
  opsets: [string, number][];
  metadata: [string, string][];
  functions: LocalFunction[];
  movable: boolean;
}

const opset: Handlers<typeof schema.OperatorSetIdProto, { domain: string; version: number }> = {
  domain: (into, reader) => into.domain = reader.string(),
  version: (into, reader) => into.version = reader.safeInt(),
};

const model: Handlers<typeof schema.ModelProto, ModelDraft> = {
  ir_version: ({ info }, reader) => info.irVersion = reader.safeInt(),
  producer_name: ({ producer }, reader) => producer.name = reader.string(),
  producer_version: ({ producer }, reader) => producer.version = reader.string(),
  graph: (into, reader) => into.graph = reader.message((inner) => readGraph(inner, into, into.movable)),
  opset_import: (into, reader) => {
    const read = { domain: "", version: 0 };
    reader.message((inner) => inner.fields(schema.OperatorSetIdProto, opset, read));
    into.opsets.push([read.domain === "ai.onnx" ? "" : read.domain, read.version]);
  },
  metadata_props: (into, reader) => {
    const { key, value } = reader.message(readEntry);
    into.metadata.push([key, value]);
  },
  functions: (into, reader) => into.functions.push(reader.message((inner) => readFunction(inner, into))),
};

/**
 * Reads a model from the bytes of an .onnx file.
 *
 * Everything in the file survives {@linkcode encodeModel}: what Espalier does not interpret travels as bytes,
 * that of shapes and tensors as long as these are not replaced. Nodes come out in topological order. Tensors
 * are views of `bytes` where their position allows it.
 *
 * @throws SyntaxError naming file, byte offset and field where the bytes are no ONNX model
 */
export function decodeModel(
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Model {
  requireOptions("decodeModel", options, { file: true, external: true, movable: true });
  const { file = "the given bytes", external, movable = false } = options;
  refuseOtherFormats(bytes, file);
  const reader = new WireReader(bytes, file);
  const draft: ModelDraft = {
    info: { irVersion: 0, opsets: {}, metadata: {} },
    graph: undefined,
    producer: { name: "", version: "" },
    opsets: [],
    metadata: [],
    functions: [],
    movable,
    unpacked: { bytes: 0 },
    external: external ?? ((reference, _, tensor) => {
      throw reader.fail(`${missing(reference, tensor)}; load the model by its path or address`);
    }),
  };
  const rest = fieldsOf(reader, draft, file);
  if (draft.graph === undefined) throw reader.fail("there is no graph in it, so it is no ONNX model");
  const { name, version } = draft.producer;
  const info: ModelInfo = withoutUndefined({
    ...draft.info,
    opsets: Object.fromEntries(draft.opsets),
    metadata: Object.fromEntries(draft.metadata),
    producer: name !== "" || version !== "" ? { name, version } : undefined,
    functions: draft.functions.length > 0 ? draft.functions : undefined,
    rest,
  });
  try {
    return new Model(sortGraph(draft.graph), info);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SyntaxError(`Cannot read ${file}: ${error.message}`, { cause: error });
  }
}

/** Reads the fields of a model; what is none has bytes that no writer of models begins with. */
function fieldsOf(reader: WireReader, draft: ModelDraft, file: string): Uint8Array | undefined {
  try {
    return reader.fields(schema.ModelProto, model, draft);
  } catch (error) {
    if (!(error instanceof SyntaxError) || draft.info.irVersion > 0) throw error;
    const why = error.message.replace(`Cannot read ${file}: `, "");
    throw new SyntaxError(
      `Cannot read ${file}: these are not the bytes of an ONNX model, or they are damaged; ${why}`,
      { cause: error },
    );
  }
}

function missing({ location }: ExternalReference, tensor: string): string {
  return `tensor ${quoted(tensor)} is stored in another file, ${quoted(location)}`;
}
