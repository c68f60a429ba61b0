import assert from "node:assert/strict";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import type { ElementId } from "../../lib/transformer/mod.ts";
import { stateOf } from "../../lib/transformer/configuration.ts";
import { cutParts } from "../../lib/transformer/cut_parts.ts";
import { transformerOf } from "../../lib/transformer/mod.ts";
import { type Built, built } from "./built.ts";
import { configured } from "./networks.ts";

/** What is left of a network, and its parameters before and after. */
function cut(options: Partial<Built>, removed: readonly ElementId[]) {
  const transformer = transformerOf(built(options), { groups: 6 });
  const states = new Map(transformer.blocks.map((block) => [block, stateOf(block, configured(removed))]));
  const left = cutParts(transformer.model, states);
  const inputShapes = { ids: [1, 5], keep: [1, 5] };
  const [before, after] = [transformer.model, left].map((model) =>
    countMacs(model, { inputShapes }).parameters
  );
  return { left, whole: transformer.model, saved: before! - after! };
}

/** Numbers of a head: three columns of what reads the stream of eight, with biases, and three rows. */
const HEAD = 3 * 3 * 9 + 3 * 8;

Deno.test("Heads that go are as many parameters less as they have", () => {
  assert.equal(cut({}, ["attention.0.head.1"]).saved, HEAD);
  assert.equal(cut({}, ["attention.0.head.1", "attention.1.head.0"]).saved, 2 * HEAD);
  const { left, whole } = cut({}, []);
  assert.equal(left, whole);
});

Deno.test("Layers with the same weights keep sharing where they lose the same, and cost a copy where not", () => {
  const both: ElementId[] = ["attention.0.head.1", "attention.1.head.1"];
  assert.equal(cut({ tie: "weights" }, both).saved, HEAD);
  // Three heads more that are stored, for one that is not needed in one layer.
  assert.equal(cut({ tie: "weights" }, ["attention.0.head.1"]).saved, -3 * HEAD);
  assert.equal(cut({ tie: "numbers" }, ["attention.0.head.1"]).saved, HEAD - 3);
  assert.equal(cut({ tie: "mask" }, ["attention.0.head.1"]).saved, HEAD);
});

Deno.test("Parts of a projection whose channels must stay are refused in a sentence", () => {
  const transformer = transformerOf(built({}), { groups: 6 });
  const [block] = transformer.blocks;
  const other = { ...block!, width: block!.width + 1, partOf: new Int32Array(block!.width + 1) };
  const states = new Map([[other, { absent: false, kept: [0], k: undefined }]]);
  assert.throws(
    () => cutParts(transformer.model, states),
    /^TypeError: Cannot remove parts of "attention.0"/,
  );
});
