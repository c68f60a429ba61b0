import assert from "node:assert/strict";
import { proceduralImages } from "../../../lib/data/procedural.ts";
import { mlp } from "../../../lib/nn/mlp.ts";
import { largest, largestDifference, sourceLine, testExamples } from "../../../lib/papers/tour/examples.ts";
import { float32, numbersOf } from "../../../lib/tensor/tensor.ts";

const data = proceduralImages({ train: 1, test: 6, seed: 2 });

Deno.test("the first test images are given as a network sees them, no more than there are", () => {
  const [some, all] = [testExamples(data, 4), testExamples(data, Infinity)];
  assert.deepEqual([some.inputs.dims[0], some.targets.dims[0], all.inputs.dims[0]], [4, 4, 6]);
  assert.deepEqual(numbersOf(some.inputs), numbersOf(all.inputs).slice(0, some.inputs.size));
  assert.deepEqual(numbersOf(some.targets), numbersOf(all.targets).slice(0, 4));
});

Deno.test("a line says where numbers come from, and whether pixels are the published ones", () => {
  const subject = { model: mlp({ sizes: [1, 1] }), name: "ResNet-20" };
  const told = { preset: "quick", seed: 1, engine: "native", images: 2000 };
  const line = (exact: boolean, complete: boolean) =>
    sourceLine({ ...subject, data: { ...data, exact, complete } }, told);
  const rest = "fine-tuned on 2,000 images; native; preset quick, seed 1";
  assert.equal(line(true, true), `ResNet-20; ${data.name}, ${rest}`);
  assert.equal(line(true, false), `ResNet-20; ${data.name} (exact pixels), ${rest}`);
  assert.equal(line(false, true), `ResNet-20; ${data.name} (pixels not exact), ${rest}`);
});

Deno.test("differences and sizes are absolute", () => {
  const [a, b] = [float32([1, -5, 2]), float32([1.5, -2, 2])];
  assert.deepEqual([largestDifference(a, b), largestDifference(b, a), largestDifference(a, a)], [3, 3, 0]);
  assert.deepEqual([largest(a), largest(float32([0]))], [5, 0]);
});
