import { printable } from "../printable.ts";
import { encodeModel } from "./codec/encode.ts";
import type { LocalFunction } from "./codec/decode_function.ts";
import type { Attributes } from "./attribute.ts";
import type { Shape } from "./dim.ts";
import { type AnyTensor, type DataType, sizeOf } from "../tensor/tensor.ts";

/** Type and shape of a value (an edge of the graph), as far as they are known. */
export interface ValueInfo {
  /** Element type; absent where nobody declared or inferred it. */
  readonly type?: DataType | undefined;
  /** Shape; absent where not even the rank is known. */
  readonly shape?: Shape | undefined;
  /** The declared ONNX `TypeProto` when it is not a tensor (sequence, map, optional), as bytes. */
  readonly opaque?: Uint8Array | undefined;
  /** The file's text about the value. */
  readonly doc?: string | undefined;
  /**
   * Fields Espalier carries without reading (denotation, metadata), as protobuf bytes of `ValueInfoProto`.
   */
  readonly rest?: Uint8Array | undefined;
}

/** One operator application. An input or output name of `""` is an omitted optional one. */
export interface Node {
  /** The operator, such as `Conv`. */
  readonly op: string;
  /** Operator set; `""` is ONNX's own. */
  readonly domain?: string;
  /** Which of the file's own functions of one name it calls; absent where there is one. */
  readonly overload?: string;
  /** Name of the node in its file; nothing depends on it. */
  readonly name?: string;
  /** Names of the values it reads. */
  readonly inputs: readonly string[];
  /** Names of the values it makes. */
  readonly outputs: readonly string[];
  /** Attributes of the node, by name. */
  readonly attributes: Attributes;
  /** Fields Espalier carries without reading (doc string, metadata), as protobuf bytes. */
  readonly rest?: Uint8Array;
}

/**
 * A computation as data: nodes connected by named values.
 *
 * Nodes are in topological order. A value is produced once: by a node, as a graph input, or as an
 * initializer. Functions that change a graph return a new one and share what they did not change.
 */
export interface Graph {
  /** Name of the graph in its file. */
  readonly name: string;
  /** Names of the inputs to feed, in order. Initializers are not listed unless the file listed them. */
  readonly inputs: readonly string[];
  /** Names of the values that are given back, in order. */
  readonly outputs: readonly string[];
  /** Nodes in topological order: what a node reads is there before it. */
  readonly nodes: readonly Node[];
  /** The stored tensors, by value name. */
  readonly initializers: ReadonlyMap<string, AnyTensor>;
  /** Type and shape of any value, by name: always for inputs, where declared or inferred for the rest. */
  readonly values: ReadonlyMap<string, ValueInfo>;
  /** Fields Espalier carries without reading (quantization notes), as protobuf bytes. */
  readonly rest?: Uint8Array;
}

/** Everything about a model file that is not its graph. */
export interface ModelInfo {
  /** Version of the file format. */
  readonly irVersion: number;
  /** Operator set versions by domain; `""` is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  /** The program that wrote it. */
  readonly producer?: { readonly name: string; readonly version: string };
  /** Whatever the file says of itself, by key. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Operators that the file defines itself, of which `inlineFunctions` puts the nodes in place of the calls.
   */
  readonly functions?: readonly LocalFunction[];
  /** Fields Espalier carries without reading (training info), as protobuf bytes. */
  readonly rest?: Uint8Array;
}

/**
 * A neural network: an ONNX graph with its tensors.
 *
 * Every network in Espalier, built, imported or pruned, is one of these, and every capability is a function
 * on it. A model is never changed in place.
 */
export class Model {
  /** The computation with its tensors. */
  readonly graph: Graph;
  /** Everything else that the model's file says: versions, producer, metadata. */
  readonly info: ModelInfo;

  /** A model of operator set {@linkcode OPSET}, unless `info` says otherwise. */
  constructor(graph: Graph, info: Partial<ModelInfo> = {}) {
    this.graph = graph;
    const { "ai.onnx": own, ...opsets } = info.opsets ?? { "": OPSET };
    this.info = {
      irVersion: 10,
      metadata: {},
      ...info,
      opsets: own === undefined ? opsets : { "": own, ...opsets },
    };
  }

  /** The model as the bytes of an .onnx file. */
  toOnnx(): Uint8Array {
    return encodeModel(this);
  }

  /** The model with another graph in the place of its own. */
  withGraph(graph: Graph): Model {
    return new Model(graph, this.info);
  }

  /** One line: what the model takes, gives and holds. */
  [Symbol.for("Deno.customInspect")](): string {
    return summary(this);
  }
}

/** The ONNX operator set that Espalier's own graphs are written in. */
export const OPSET = 20;

/** One line: what the model takes, gives and holds. */
export function summary({ graph }: Model): string {
  const port = (name: string) => {
    const { type, shape } = graph.values.get(name) ?? {};
    return `${name}: ${type ?? "?"}[${shape?.join(", ") ?? "…"}]`;
  };
  const fed = graph.inputs.filter((name) => !graph.initializers.has(name));
  let parameters = 0;
  for (const { dims } of graph.initializers.values()) parameters += sizeOf(dims);
  return printable(
    `Model ${graph.name || "(unnamed)"}: ${fed.map(port).join(", ")} → ` +
      `${graph.outputs.map(port).join(", ")}; ${graph.nodes.length} nodes, ` +
      `${parameters.toLocaleString("en")} stored numbers`,
  );
}
