import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import {
  chooseSubject,
  openSubject,
  subjectData,
  subjectFiles,
  subjectName,
} from "../../../lib/papers/tour/subject.ts";
import { inFolder } from "../../in_folder.ts";

Deno.test("without data the subject is trained on images that are made, and its files are none", async () => {
  await inFolder((folder) => {
    const before = ["ESPALIER_DATA", "XDG_CACHE_HOME"].map((name) => [name, Deno.env.get(name)] as const);
    try {
      for (const [name] of before) Deno.env.set(name, folder);
      assert.deepEqual(chooseSubject(3), { data: "procedural", seed: 3 });
    } finally {
      for (const [name, value] of before) {
        value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
      }
    }
    return Promise.resolve();
  });
  assert.deepEqual(subjectFiles({ data: "procedural", seed: 3 }), []);
  assert.deepEqual(subjectFiles({ data: "cifar10" }).at(-1), "cifar10");
});

Deno.test("a subject that was trained is the network of its bytes, on images of its seed", async () => {
  const model = mlp({ sizes: [2, 3] });
  const spec = { data: "procedural", seed: 5 } as const;
  const subject = await openSubject(spec, () => Promise.resolve(model.toOnnx()));
  assert.deepEqual(subject.model.toOnnx(), model.toOnnx());
  assert.deepEqual([subject.name, subjectName({ data: "cifar10" })], ["ResNet-20", "ResNet-56"]);
  assert.deepEqual(subject.data.test.labels.data, (await subjectData(spec)).test.labels.data);
  assert.equal((await subjectData(spec, 7)).train.images.dims[0], 7);
});
