/**
 * The pieces of a metanetwork as models of their own, for any number of nodes N, edges E, or rows R and
 * columns C.
 */
import type { Chosen } from "../options.ts";
import type { GraphBuilder, Value } from "../onnx/builder.ts";
import type { Dim } from "../onnx/dim.ts";
import type { KernelPosition } from "../metagraph/meta_graph.ts";
import type { MetanetworkSettings } from "./metanetwork_parameters.ts";
import {
  changeEdges,
  changeNodes,
  decodeEdges,
  decodeNodes,
  encodeEdges,
  encodeNodes,
  sendMessages,
} from "./metanetwork_pieces.ts";

type Settings = Chosen<MetanetworkSettings>;

/** A model to be built. */
export interface PieceModel {
  /** Models of one name are the same. */
  name: string;
  /** Declares inputs and returns outputs by name. */
  build(g: GraphBuilder): Record<string, Value>;
}

const matrix = (g: GraphBuilder, name: string, rows: Dim, columns: Dim): Value =>
  g.input(name, "float32", [rows, columns]);

/** features, and context where there is any → state [N, hidden] */
export function nodeEncoder({ nodeFeatures, nodeContext }: Settings): PieceModel {
  return {
    name: "encode nodes",
    build(g) {
      const features = matrix(g, "features", "N", nodeFeatures);
      const context = nodeContext > 0 ? matrix(g, "context", "N", nodeContext) : undefined;
      return { state: encodeNodes(g, features, context) };
    },
  };
}

/** features [E, taps] → state [E, hidden] */
export function edgeEncoder(taps: readonly KernelPosition[], settings: Settings): PieceModel {
  return {
    name: `encode edges ${JSON.stringify(taps)}`,
    build: (g) => ({ state: encodeEdges(g, matrix(g, "features", "E", taps.length), taps, settings) }),
  };
}

/** state [N, hidden] → backward, forward, received, edgeFrom, edgeTo, each [N, hidden] */
export function messageModel(layer: string, { hidden }: Settings): PieceModel {
  return {
    name: `say ${layer}`,
    build(g) {
      const { sent, ...rest } = sendMessages(g, matrix(g, "state", "N", hidden), layer, hidden);
      return { ...sent, ...rest };
    },
  };
}

/** state [N, hidden], and what nodes are told backward and forward, [N, 4·hidden] → next [N, hidden] */
export function nodeChange(layer: string, { hidden }: Settings): PieceModel {
  return {
    name: `change nodes ${layer}`,
    build(g) {
      const state = matrix(g, "state", "N", hidden);
      const backward = matrix(g, "backward", "N", 4 * hidden);
      const forward = matrix(g, "forward", "N", 4 * hidden);
      return { next: changeNodes(g, state, { backward, forward }, layer) };
    },
  };
}

/**
 * state [R, C, hidden] or, in a diagonal block, [R, hidden]; edgeFrom and edgeTo of all nodes, [N, hidden];
 * which of these the rows and columns are → next, as large as state
 */
export function edgeChange(kind: "dense" | "diagonal", { hidden }: Settings): PieceModel {
  const [rows, columns, shape] = kind === "dense"
    ? ["R", "C", ["R", "C", hidden]] as const
    : ["R", "R", ["R", hidden]] as const;
  return {
    name: `change ${kind} edges`,
    build(g) {
      const state = g.input("state", "float32", shape);
      const ends = { edgeFrom: matrix(g, "edgeFrom", "N", hidden), edgeTo: matrix(g, "edgeTo", "N", hidden) };
      const along = (side: string, length: Dim, axis: number) => {
        const list = g.input(side, "int32", [length]);
        const [edgeFrom, edgeTo] = [ends.edgeFrom, ends.edgeTo].map((all) => {
          const own = g.gather(all, list);
          return kind === "dense" ? g.unsqueeze(own, [axis]) : own;
        }) as [Value, Value];
        return { edgeFrom, edgeTo };
      };
      return { next: changeEdges(g, state, along("rows", rows, 1), along("columns", columns, 0)) };
    },
  };
}

/** features, state [N, hidden] → next features */
export function nodeDecoder(settings: Settings): PieceModel {
  return {
    name: "decode nodes",
    build(g) {
      const features = matrix(g, "features", "N", settings.nodeFeatures);
      return { next: decodeNodes(g, features, matrix(g, "state", "N", settings.hidden), settings) };
    },
  };
}

/** features [E, taps], state [E, hidden] → next features */
export function edgeDecoder(taps: readonly KernelPosition[], settings: Settings): PieceModel {
  return {
    name: `decode edges ${JSON.stringify(taps)}`,
    build(g) {
      const features = matrix(g, "features", "E", taps.length);
      return {
        next: decodeEdges(g, { features, state: matrix(g, "state", "E", settings.hidden) }, taps, settings),
      };
    },
  };
}
