import assert from "node:assert/strict";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { float32, numbersOf, sizeOf } from "../../lib/onnx/tensor.ts";
import {
  completeSettings,
  createMetanetwork,
  MESSAGE_LAYERS,
  type Metanetwork,
  type MetanetworkSettings,
  parameterShapes,
  PREFIX,
} from "../../lib/metanet/metanetwork_parameters.ts";
import { loadMetanetwork, saveMetanetwork } from "../../lib/metanet/metanetwork_file.ts";
import { metanetworkModel, type MetaStructure } from "../../lib/metanet/metanetwork.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { assertClose, GOLDEN_VECTOR } from "../close.ts";

/** Golden vector, computed by the official module in float64. */
for (const ratio of [.01, 1]) {
  Deno.test(`the metanetwork agrees with the official module on its golden vector, ratio ${ratio}`, async () => {
    const outputs = await runModel(metanetworkModel(golden(ratio), STRUCTURE), {
      "nodes.0": float32(X.slice(0, 6), [2, 3]),
      "nodes.1": float32(X.slice(6), [2, 3]),
      "edges.0": float32(A, [2, 2, 2]),
    });
    const found = (name: string) => numbersOf(outputs[name]!);
    const expected = (from: number[], change: number[]) => from.map((value, i) => value + ratio * change[i]!);
    const nodes = [...found("nodes.0.next"), ...found("nodes.1.next")];
    assertClose(nodes, expected(X, NODE_CHANGE), GOLDEN_VECTOR, "nodes");
    assertClose(found("edges.0.next"), expected(A, EDGE_CHANGE), GOLDEN_VECTOR, "edges");
  });
}

const X = [1, 0, .5, .2, -.3, .1, .7, .4, -.2, -.5, .6, .9];
const A = [.1, -.2, .3, .4, -.5, .6, .7, -.8];
// deno-fmt-ignore
const NODE_CHANGE = [
  -.399771, .970548, .028132, -.469980, 1.074147, -.096885, -.404332, .985679, .004180, -.343341, .890558, .122438,
];
const EDGE_CHANGE = [.327908, .458177, .312835, .464721, .321077, .465431, .327124, .457565];

const NOTHING = float32([], [2, 0]);
const STRUCTURE: MetaStructure = {
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

function golden(ratio: number): Metanetwork {
  const settings = completeSettings({ layers: 2, hidden: 4, nodeFeatures: 3, edges: [2], ratio });
  const weights = Object.entries(parameterShapes(settings)).map(([name, dims]) => {
    const [, layer, kind] = name.slice(PREFIX.length).match(/^(.*)\.(weight|bias)$/)!;
    const offset = OFFSETS[layer!]![kind === "weight" ? 0 : 1]!;
    const values = Array.from({ length: sizeOf(dims) }, (_, j) => .5 * Math.sin(.7 * (j + offset) + .3));
    return [name, float32(values, dims)] as const;
  });
  return { settings, weights: Object.fromEntries(weights) };
}

Deno.test("a saved metanetwork is whole or refused", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/metanetwork.safetensors`;
  const { settings, weights } = createMetanetwork({ nodeFeatures: 3, edges: [9, 1] }, { seed: 4 });
  await saveMetanetwork({ settings, weights }, path);
  assert.deepEqual(await loadMetanetwork(path), { settings, weights });
  const { [`${PREFIX}node_encoder.bias`]: _, ...rest } = weights;
  await assert.rejects(
    saveMetanetwork({ settings, weights: rest }, path),
    /node_encoder.bias.*found nothing/,
  );
  assert.deepEqual(await loadMetanetwork(path), { settings, weights }, "the file stays as it was");
  await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 500));
  await assert.rejects(loadMetanetwork(path), SyntaxError);
  await assert.rejects(
    loadMetanetwork(encodeSafetensors(weights)),
    /expected a file that saveMetanetwork wrote/,
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("settings that make no network are refused", () => {
  assert.throws(() => createMetanetwork({ nodeFeatures: 0, edges: [1] }), RangeError);
  assert.throws(() => createMetanetwork({ nodeFeatures: 1, edges: [] }), RangeError);
  assert.throws(() => createMetanetwork({ nodeFeatures: 1, edges: [1], ratio: 0 }), RangeError);
  assert.throws(
    () => createMetanetwork({ nodeFeatures: 1, edges: [1], layout: "theirs" as "published" }),
    /layout "theirs": expected "general" or "published"/,
  );
  const net = createMetanetwork({ nodeFeatures: 3, edges: [9] });
  assert.throws(() => metanetworkModel(net, STRUCTURE), /edges "block" have 2 numbers, and it reads 9/);
});

Deno.test("parameters are as many as the official networks use", () => {
  const count = (settings: MetanetworkSettings) =>
    Object.values(parameterShapes(completeSettings(settings))).reduce((sum, dims) => sum + sizeOf(dims), 0);
  assert.equal(count({ layers: 8, hidden: 64, nodeFeatures: 8, edges: [9] }), 275_345);
  assert.equal(count({ layers: 8, hidden: 32, nodeFeatures: 5, edges: [9] }), 69_902);
  assert.equal(count({ layers: 6, hidden: 16, nodeFeatures: 8, edges: [49, 9, 1] }), 16_131);
  assert.equal(count({ layers: 3, hidden: 4, nodeFeatures: 6, edges: [256, 3, 1] }), 34_294);
  assert.equal(count({ layers: 3, hidden: 16, nodeFeatures: 1, edges: [1] }), 7026);
});
