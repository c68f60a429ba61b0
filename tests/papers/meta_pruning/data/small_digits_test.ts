import assert from "node:assert/strict";
import { smallDigits } from "../../../../lib/papers/meta_pruning/data/small_digits.ts";
import { numbersOf, type Tensor } from "../../../../lib/tensor/tensor.ts";

Deno.test("digits are the same for the same seed, in parts that share no image", async () => {
  const make = (seed: number) =>
    smallDigits({ train: 30, validation: 10, test: 20, seed, source: "procedural" });
  const [first, second, other] = await Promise.all([make(1), make(1), make(2)]);
  const numbers = (tensor: unknown) => numbersOf(tensor as Tensor);
  assert.deepEqual(numbers(first.train.inputs), numbers(second.train.inputs));
  assert.notDeepEqual(numbers(first.train.inputs), numbers(other.train.inputs));
  const rows = [first.train, first.validation, first.test].flatMap(({ inputs }) => {
    const all = numbers(inputs);
    return Array.from({ length: all.length / 64 }, (_, i) => all.slice(64 * i, 64 * i + 64).join());
  });
  assert.equal(new Set(rows).size, 60);
});
