import assert from "node:assert/strict";
import { sizeOf } from "../../lib/tensor/tensor.ts";
import {
  completeSettings,
  createMetanetwork,
  type MetanetworkSettings,
  parameterShapes,
} from "../../lib/metanet/metanetwork_parameters.ts";
import { metanetworkModel } from "../../lib/metanet/metanetwork.ts";
import { GOLDEN_STRUCTURE } from "./golden.ts";

Deno.test("settings that make no network are refused", () => {
  assert.throws(() => createMetanetwork({ nodeFeatures: 0, edges: [1] }), RangeError);
  assert.throws(() => createMetanetwork({ nodeFeatures: 1, edges: [] }), RangeError);
  assert.throws(() => createMetanetwork({ nodeFeatures: 1, edges: [1], ratio: 0 }), RangeError);
  assert.throws(
    () => createMetanetwork({ nodeFeatures: 1, edges: [1], layout: "theirs" as "published" }),
    /layout "theirs": expected "general" or "published"/,
  );
  const net = createMetanetwork({ nodeFeatures: 3, edges: [9] });
  assert.throws(
    () => metanetworkModel(net, GOLDEN_STRUCTURE),
    /edges "block" have 2 numbers, and it reads 9/,
  );
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
