import assert from "node:assert/strict";
import { float32, int64, numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import type { Tensors } from "../../../lib/runtime/runtime.ts";
import type { Examples } from "../../../lib/train/batches.ts";
import { toLabels } from "../../../lib/train/labels.ts";
import { axSearch, crossEntropies, type ExampleLoss, RELEASED } from "../../../lib/transformer/mod.ts";
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

Deno.test("What does not fit the model's inputs is told with those, and not with masks", async () => {
  const { inputs, targets } = await examples(4);
  const { input_ids, attention_mask } = inputs as Record<string, Tensor>;
  const expects = "the model expects input_ids: int64[batch, length], attention_mask: int64[batch, length]";
  const ids = (length: number, token: number) => int64(new Array(4 * length).fill(token), [4, length]);
  const cases: [object, string][] = [
    [{ input_ids }, `Cannot run the model: input "attention_mask" is missing; ${expects}`],
    [{ input_ids, attention_mask, x: input_ids }, `Cannot feed "x": there is no such input; ${expects}`],
    [
      { input_ids: float32(new Array(28).fill(1), [4, 7]), attention_mask },
      'Cannot feed "input_ids": expected input_ids: int64[batch, length], but got float32',
    ],
    [{ input_ids: ids(7, 30), attention_mask }, "tokens are below the vocabulary's size"],
    [{ input_ids: ids(9, 1), attention_mask: ids(9, 1) }, "of no more tokens than the model has positions"],
    [{ input_ids: ids(7, 1), attention_mask: ids(8, 1) }, "inputs of texts are of one length"],
  ];
  for (const [inputs, why] of cases) {
    await assert.rejects(
      axSearch(encoder(), { inputs, targets } as Examples, { groups: GROUPS }),
      ({ message }: Error) => message.includes(why) || assert.fail(message),
    );
  }
});

/** Cross entropy, as a loss of one's own that reads other targets too. */
const own = (classes: (targets: Tensors) => Tensor, predicts = true): ExampleLoss => (outputs, targets) => {
  const { losses, predictions } = crossEntropies(outputs, { labels: classes(targets) });
  return { losses, predictions: predicts ? predictions : undefined };
};

Deno.test("A loss of one's own is judged by the labels' classes, and by nothing where they are none", async () => {
  const data = await examples(12);
  const { labels } = data.targets as { labels: Tensor };
  const hot = float32(numbersOf(labels).flatMap((label) => [1 - label, label]), [12, 2]);
  const rule = { ...RELEASED, hard: "never", gate: 0 } as const;
  const search = async (targets: Tensors, loss: ExampleLoss | undefined) =>
    await axSearch(encoder(), { ...data, targets }, { groups: GROUPS, rule, loss });
  const usual = await search({ labels }, undefined);
  const given = await search({ labels: hot }, own(({ labels }) => labels!));
  assert.deepEqual([given.before, given.after, given.change], [usual.before, usual.after, usual.change]);
  // Soft targets, which are no classes: the loss takes the larger.
  const soft = float32(numbersOf(hot).map((part) => 0.8 * part + 0.1), [12, 2]);
  const { before, after, change } = await search(
    { labels: soft },
    own(({ labels }) => toLabels(float32(numbersOf(labels!).map((part) => Number(part > 0.5)), [12, 2]))),
  );
  assert.deepEqual([before.loss, before.score, after.score], [usual.before.loss, undefined, undefined]);
  assert.equal(change, undefined);
  const scores = float32(numbersOf(labels).map((label) => label + 0.5));
  const regression = await search(
    { labels: scores },
    own(({ labels }) => int64(numbersOf(labels!).map(Math.floor))),
  );
  assert.deepEqual(regression.before, before);
});

Deno.test("Predictions that are not a class for each example are refused with the first batch", async () => {
  const data = await examples(6);
  for (const predictions of [[0, 1], [0, 1, 0, 1, 0, 0.5], "0"]) {
    const loss =
      ((_, targets) => ({ losses: new Float64Array(targets.labels!.size), predictions })) as ExampleLoss;
    await assert.rejects(
      axSearch(encoder(), data, { groups: GROUPS, loss }),
      /^TypeError: Cannot search with a loss that predicts .* batch of 6 examples: expected a class/,
    );
  }
});
