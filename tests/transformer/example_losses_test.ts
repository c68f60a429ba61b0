import assert from "node:assert/strict";
import { floatTensor } from "../../lib/tensor/float_tensor.ts";
import { float32, int32, int64, type Tensor } from "../../lib/tensor/tensor.ts";
import { crossEntropy } from "../../lib/train/losses.ts";
import {
  axSearch,
  crossEntropies,
  type ExampleLoss,
  spanLosses,
  squaredErrors,
} from "../../lib/transformer/mod.ts";
import { encoder, examples, GROUPS } from "./search/small_encoder.ts";

Deno.test("Cross entropies of examples are those of float64, and regression has squared errors", async () => {
  const { losses, predictions } = crossEntropies({ logits: float32([2, -1, 0, 50, 300, -300], [3, 2]) }, {
    labels: int64([0, 0, 1]),
  });
  const expected = [Math.log1p(Math.exp(-3)), 50, 600];
  losses.forEach((loss, i) => assert.ok(Math.abs(loss - expected[i]!) < 1e-6));
  assert.deepEqual(predictions, [0, 1, 0]);
  const data = await examples(20);
  const regression = {
    ...data,
    targets: { expected: float32(Array.from({ length: 20 }, (_, i) => i / 20)) },
  };
  const { before, after, alarm } = await axSearch(encoder({ classes: 1 }), regression, { groups: GROUPS });
  assert.ok(after.loss <= before.loss);
  assert.deepEqual([before.score, alarm], [undefined, undefined]);
});

Deno.test("Labels are taken as evaluate takes them: whole numbers of any type, or one-hot rows", () => {
  const outputs = { logits: float32([2, -1, 0, 50], [2, 2]) };
  const of = (labels: Tensor) => [...crossEntropies(outputs, { labels }).losses];
  const expected = of(int64([0, 1]));
  for (const labels of [int32([0, 1]), float32([0, 1]), float32([1, 0, 0, 1], [2, 2])]) {
    assert.deepEqual(of(labels), expected);
  }
});

Deno.test("Logits that are no numbers have no class, and a loss that is none", () => {
  const { losses, predictions } = crossEntropies({ logits: float32([2, -1, NaN, 50], [2, 2]) }, {
    labels: int64([0, 1]),
  });
  assert.ok(losses[0]! < 0.05 && Number.isNaN(losses[1]));
  assert.equal(predictions, undefined);
});

Deno.test("Several numbers an example are compared each with its own, and axes of 1 do not matter", () => {
  const outputs = { y: float32([1, 2, 3, 4], [2, 2]) };
  const { losses } = squaredErrors(outputs, { expected: float32([1, 0, 0, 0], [2, 2]) });
  assert.deepEqual([...losses], [2, 12.5]);
  const column = { y: float32([1, 2], [2, 1]) };
  for (const dims of [[2], [2, 1]]) {
    assert.deepEqual([...squaredErrors(column, { expected: float32([0, 0], dims) }).losses], [1, 4]);
  }
});

Deno.test("Outputs that do not fit the targets are refused, as evaluate refuses them", () => {
  const labels = int64([0, 1]);
  const logits = float32(new Array(4).fill(0), [2, 2]);
  const cases: [() => unknown, RegExp][] = [
    [
      () => crossEntropies({ y: float32(new Array(12).fill(0), [2, 2, 3]) }, { labels }),
      /^TypeError: Cannot use crossEntropies with an output of shape \[2, 2, 3\]: expected logits \[N, classes\]$/,
    ],
    [
      () => crossEntropies({ logits }, { labels: float32([0.5, 1]) }),
      /Cannot use 0.5 as the label of example 0/,
    ],
    [() => crossEntropies({ logits }, { labels: int64([0]) }), /targets of 1 example with an output of 2:/],
    [() => crossEntropies({ logits }, { words: labels }), /by the targets "words": expected "labels"$/],
    [
      () => squaredErrors({ logits }, { expected: float32([0, 1]) }),
      /expected numbers of shape \[2\] with an output of shape \[2, 2\]: expected one for each number/,
    ],
    [
      () => spanLosses({ logits }, { starts: labels, ends: labels }),
      /spans by outputs "logits": expected start_/,
    ],
  ];
  for (const [call, message] of cases) {
    assert.throws(call, (error) => {
      assert.match(String(error), message);
      return true;
    });
  }
});

Deno.test("A loss that is none, or gives no loss for each example, is told", async () => {
  const data = await examples(6);
  const cases: [unknown, string][] = [
    [crossEntropy(), "Cannot search with an Object as the loss: expected a function of outputs and targets"],
    ["labels", 'Cannot search with the text "labels" as the loss'],
    [() => 0.3, "a loss that gives 0.3 for a batch of 6 examples: expected { losses }, a Float64Array of 6"],
    [() => undefined, "a loss that gives nothing for a batch of 6 examples"],
    [() => ({ losses: [1, 2, 3, 4, 5, 6] }), "a loss that gives a list of 6 for a batch"],
    [() => ({ losses: new Float64Array(2) }), "a loss that gives 2 numbers for a batch of 6"],
    [
      () => ({ losses: new Float64Array(6).fill(-1) }),
      "a loss that gives -1 for an example: expected a number from 0",
    ],
  ];
  for (const [loss, why] of cases) {
    await assert.rejects(
      axSearch(encoder(), data, { groups: GROUPS, loss: loss as ExampleLoss }),
      ({ message }: Error) => message.includes(why) || assert.fail(message),
    );
  }
});

Deno.test("Logits of halves and of doubles have losses too, a large one exactly", () => {
  for (const type of ["float16", "float64"] as const) {
    const logits = floatTensor(type, [2, -1, 0, 50, 300, -300], [3, 2]) as Tensor;
    const { losses, predictions } = crossEntropies({ logits }, { labels: int64([0, 0, 1]) });
    [Math.log1p(Math.exp(-3)), 50, 600].forEach((loss, i) =>
      assert.ok(Math.abs(loss - losses[i]!) < 1e-6, type)
    );
    assert.deepEqual(predictions, [0, 1, 0]);
  }
});
