import assert from "node:assert/strict";
import { float32 } from "../../../lib/tensor/tensor.ts";
import { axSearch } from "../../../lib/transformer/mod.ts";
import { vit } from "../../../lib/nn/vit.ts";
import { edited, shaken } from "../networks.ts";
import { encoder, examples, GROUPS } from "./small_encoder.ts";

Deno.test("A loss that is no number in the untouched network is an error that says where to look", async () => {
  const data = await examples(10);
  const broken = edited(encoder(), (name, data) => name === "classifier.bias" && (data[1] = NaN));
  const rules = [{ favour: "size", tolerance: 0.5 }, { favour: "size", budget: 0.7 }, "better"] as const;
  for (const rule of rules) {
    await assert.rejects(
      axSearch(broken, data, { groups: GROUPS, rule }),
      /^RangeError: Cannot evaluate .*: weight "classifier.bias" holds NaN at place 1/,
    );
  }
  const model = shaken(vit({ image: 8, patch: 4, layers: 1, heads: 2, hidden: 8, classes: 2 }));
  const pixels = new Float32Array(5 * 192).fill(0.5);
  pixels[3 * 192] = NaN;
  const images = { inputs: float32(pixels, [5, 3, 8, 8]), targets: [0, 1, 0, 1, 0] };
  await assert.rejects(axSearch(model, images, { batchSize: 2 }), {
    name: "RangeError",
    message:
      "Cannot search: the untouched network's loss of example 3 is NaN, although its weights are numbers; " +
      "look at the example's inputs and targets",
  });
  // Data that only confirm are looked at alike.
  const fine = { ...images, inputs: float32(pixels.map((pixel) => pixel || 0), [5, 3, 8, 8]) };
  await assert.rejects(axSearch(model, fine, { confirm: images }), /loss of example 3 is NaN/);
});
