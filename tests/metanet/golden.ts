/** Golden vector of the metanetwork, computed by the official module in float64. */
import type { MetaStructure } from "../../lib/metanet/metanetwork.ts";
import {
  completeSettings,
  MESSAGE_LAYERS,
  type Metanetwork,
  parameterShapes,
  PREFIX,
} from "../../lib/metanet/metanetwork_parameters.ts";
import { float32, numbersOf, sizeOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, GOLDEN_VECTOR } from "../close.ts";

const X = [1, 0, .5, .2, -.3, .1, .7, .4, -.2, -.5, .6, .9];
const A = [.1, -.2, .3, .4, -.5, .6, .7, -.8];
// deno-fmt-ignore
const NODE_CHANGE = [
  -.399771, .970548, .028132, -.469980, 1.074147, -.096885, -.404332, .985679, .004180, -.343341, .890558, .122438,
];
const EDGE_CHANGE = [.327908, .458177, .312835, .464721, .321077, .465431, .327124, .457565];

const NOTHING = float32([], [2, 0]);
/** Two nodes that read two others, with two numbers per edge. */
export const GOLDEN_STRUCTURE: MetaStructure = {
  layers: [{ channels: 2, context: NOTHING }, { channels: 2, context: NOTHING }],
  blocks: [{
    name: "block",
    kind: "dense",
    from: { layers: [0], length: 2 },
    to: { layers: [1], length: 2 },
    taps: [[0, 0], [0, 1]],
  }],
};

/** Offsets of weight and bias of each layer, in the golden vector's order. */
const OFFSETS: Record<string, [number, number]> = {
  "node_encoder": [0, 12],
  "edge_encoder.2": [312, 320],
  "edge_decoder.2.hidden": [324, 340],
  "edge_decoder.2.out": [344, 352],
  "node_decoder.hidden": [354, 370],
  "node_decoder.out": [374, 386],
  ...Object.fromEntries(
    [[16, 36, 56, 76, 96], [164, 184, 204, 224, 244]].flatMap((starts, layer) =>
      [...MESSAGE_LAYERS, "aggregate"].map((name, i): [string, [number, number]] => {
        const start = starts[i]!;
        return [`layers.${layer}.${name}`, [start, start + (name === "aggregate" ? 64 : 16)]];
      })
    ),
  ),
};

/** Its weights. */
export function goldenNetwork(ratio: number): Metanetwork {
  const settings = completeSettings({ layers: 2, hidden: 4, nodeFeatures: 3, edges: [2], ratio });
  const weights = Object.entries(parameterShapes(settings)).map(([name, dims]) => {
    const [, layer, kind] = name.slice(PREFIX.length).match(/^(.*)\.(weight|bias)$/)!;
    const offset = OFFSETS[layer!]![kind === "weight" ? 0 : 1]!;
    const values = Array.from({ length: sizeOf(dims) }, (_, j) => .5 * Math.sin(.7 * (j + offset) + .3));
    return [name, float32(values, dims)] as const;
  });
  return { settings, weights: Object.fromEntries(weights) };
}

/** What is fed: nodes of both layers, and edges. */
export function goldenFeatures(): { nodes: [Tensor, Tensor]; edges: Tensor } {
  return {
    nodes: [float32(X.slice(0, 6), [2, 3]), float32(X.slice(6), [2, 3])],
    edges: float32(A, [2, 2, 2]),
  };
}

/** Fails unless this is what the official module makes of them. */
export function assertGolden(nodes: readonly Tensor[], edges: Tensor, ratio: number): void {
  const expected = (from: number[], change: number[]) => from.map((value, i) => value + ratio * change[i]!);
  assertClose(nodes.flatMap(numbersOf), expected(X, NODE_CHANGE), GOLDEN_VECTOR, "nodes");
  assertClose(numbersOf(edges), expected(A, EDGE_CHANGE), GOLDEN_VECTOR, "edges");
}
