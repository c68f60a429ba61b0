import assert from "node:assert/strict";
import { foldersOf, loadData } from "../../../../lib/papers/meta_pruning/data/data.ts";
import { unitsOf } from "../../../../lib/papers/meta_pruning/experiment.ts";
import { numbersOf, type Tensor } from "../../../../lib/tensor/tensor.ts";
import type { Examples, ExampleSource } from "../../../../lib/train/batches.ts";
import { specOf, TINY } from "../tiny.ts";

Deno.test("other data of an experiment are other ones, in the same shape", async () => {
  const units = await unitsOf(TINY, { seed: 0 });
  const specs = new Map(units.map((unit) => [JSON.stringify(specOf(unit).data), specOf(unit).data]));
  const [own, ...others] = await Promise.all([...specs.values()].map(loadData));
  assert.ok(others.length >= 1);
  const images = (data: ExampleSource) => (data as Examples).inputs as Tensor;
  for (const other of others) {
    assert.notEqual(other.name, own!.name);
    assert.deepEqual(images(other.train).dims, images(own!.train).dims);
    assert.notDeepEqual(numbersOf(images(other.train)), numbersOf(images(own!.train)));
  }
});

Deno.test("data are read from the folder of their set, and those that are made from none", () => {
  const examples = { train: 1, validation: 1, test: 1 };
  assert.deepEqual(foldersOf({ set: "digits", source: "procedural", seed: 0, examples }), []);
  assert.deepEqual(foldersOf({ set: "digits", source: "mnist", seed: 0, examples }), ["mnist"]);
  assert.deepEqual(foldersOf({ set: "cifar10-224", examples }), ["cifar10"]);
  assert.deepEqual(foldersOf({ set: "svhn", examples }), ["svhn"]);
});
