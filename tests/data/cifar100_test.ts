import { deepEqual, equal, rejects } from "node:assert/strict";
import { cifar100 } from "../../lib/data/cifar100.ts";
import { numbersOf } from "../../lib/tensor/tensor.ts";

Deno.test("CIFAR-100 is read with its fine labels, and a damaged archive is refused", async () => {
  const folder = await Deno.makeTempDir();
  await rejects(cifar100({ folder }), /cifar-100-binary.tar.gz/);
  const records = (labels: number[]) =>
    Uint8Array.from(labels.flatMap((label) => [7, label, ...new Array(3072).fill(label)]));
  const write = async (files: Record<string, Uint8Array>) => {
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.mkdir(`${folder}/cifar-100-binary`, { recursive: true });
      await Deno.writeFile(`${folder}/cifar-100-binary/${name}`, bytes);
    }
    const { success } = await new Deno.Command("tar", {
      args: ["-czf", `${folder}/cifar-100-binary.tar.gz`, "-C", folder, "cifar-100-binary"],
    }).output();
    equal(success, true);
  };
  await write({
    "train.bin": records([0, 99, 5]),
    "test.bin": records([42]),
    "fine_label_names.txt": new TextEncoder().encode("apple\naquarium_fish\n"),
  });
  const { train, test, classes, complete } = await cifar100({ folder });
  deepEqual(numbersOf(train.labels), [0, 99, 5]);
  deepEqual([train.images.dims, test.images.dims], [[3, 3, 32, 32], [1, 3, 32, 32]]);
  deepEqual([test.images.data[0], test.images.data[3071]], [42, 42]);
  deepEqual([classes, complete], [["apple", "aquarium_fish"], false]);
  await write({ "test.bin": records([100]) });
  await rejects(cifar100({ folder }), /expected a label from 0 to 99 in record 0, found 100/);
  await write({ "test.bin": records([1]).subarray(1) });
  await rejects(cifar100({ folder }), /whole records of 3074 bytes/);
  await Deno.remove(folder, { recursive: true });
});
