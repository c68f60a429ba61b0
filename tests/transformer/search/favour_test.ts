import assert from "node:assert/strict";
import type { Model } from "../../../lib/onnx/model.ts";
import { sizeOf } from "../../../lib/tensor/tensor.ts";
import { axSearch, removeElements } from "../../../lib/transformer/mod.ts";
import { encoder, examples, GROUPS } from "./small_encoder.ts";

Deno.test("Size: with a tolerance what saves most goes first, and the loss stays within it; a budget is met", async () => {
  const data = await examples(60);
  const model = encoder();
  const { configuration, trace, before, after } = await axSearch(model, data, {
    rule: { favour: "size", tolerance: 0.05 },
    groups: GROUPS,
  });
  assert.ok(configuration.removed.length > 0);
  assert.ok(after.loss <= 1.05 * before.loss);
  assert.deepEqual(
    trace.steps.slice(0, 3).map(({ element }) => element.split(".").length),
    [2, 2, 2],
    "blocks save most",
  );
  const tight = await axSearch(model, data, { rule: { favour: "size" }, groups: GROUPS });
  assert.ok(tight.after.loss <= before.loss);
  const count = ({ graph }: Model) =>
    [...graph.initializers.values()].reduce(
      (sum, { dims, type }) => sum + (type === "float32" ? sizeOf(dims) : 0),
      0,
    );
  const budgeted = await axSearch(model, data, { rule: { favour: "size", budget: 0.7 }, groups: GROUPS });
  const left = count(removeElements(model, budgeted.configuration)) / count(model);
  assert.ok(left <= 0.71 && left > 0.5, `${left} of the numbers are left`);
  await assert.rejects(
    axSearch(model, data, { rule: { favour: "size", budget: 0.01 }, groups: GROUPS }),
    /^RangeError: Cannot keep 1 %/,
  );
  await assert.rejects(
    axSearch(model, data, { rule: { favour: "size", tolerance: -1 }, groups: GROUPS }),
    /^RangeError: Cannot search by a rule with tolerance -1: expected a number from 0$/,
  );
});

Deno.test("Speed: what saves most time, as measured here, goes first", async () => {
  const { configuration, before, after } = await axSearch(encoder(), await examples(30), {
    rule: { favour: "speed", tolerance: 0.1, inputShapes: { input_ids: [4, 8], attention_mask: [4, 8] } },
    groups: GROUPS,
  });
  assert.ok(after.loss <= 1.1 * before.loss);
  assert.ok(Array.isArray(configuration.removed));
});
