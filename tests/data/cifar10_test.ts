import { deepEqual, equal, rejects } from "node:assert/strict";
import { cifar10 } from "../../lib/data/cifar10.ts";
import { gunzip } from "../../lib/formats/archives/gunzip.ts";
import { numbersOf } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { inFolder } from "../in_folder.ts";

/** A batch of the binary version: image i has label i % 10 and all samples `value`. */
function batch(count: number, value: number): Uint8Array {
  return Uint8Array.from(
    { length: count * 3073 },
    (_, i) => i % 3073 === 0 ? Math.floor(i / 3073) % 10 : value,
  );
}

async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const withFolder = (files: Record<string, Uint8Array>, test: (folder: string) => Promise<void>) =>
  inFolder(async (folder) => {
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, await gzip(bytes));
    }
    await test(folder);
  });

/** A tar archive of files, as the publisher's. */
function tar(files: Record<string, Uint8Array>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([path, contents]) => {
    const header = new Uint8Array(512);
    const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
    put(0, path);
    put(124, contents.length.toString(8).padStart(11, "0"));
    put(156, "0");
    put(148, "        ");
    put(148, header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0") + "\0 ");
    const padded = new Uint8Array(Math.ceil(contents.length / 512) * 512);
    padded.set(contents);
    return [header, padded];
  });
  return new Uint8Array([...blocks, new Uint8Array(1024)].flatMap((block) => [...block]));
}

Deno.test("the publisher's archive is the complete set, batches in order", async () => {
  const batches = Object.fromEntries(
    ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]
      .map((name, i) => [`cifar-10-batches-bin/${name}.bin`, batch(2, i + 1)]),
  );
  await withFolder({ "cifar-10-binary.tar.gz": tar(batches) }, async (folder) => {
    const data = await cifar10({ folder });
    deepEqual([data.name, data.exact, data.complete], ["CIFAR-10", true, true]);
    deepEqual([data.train.images.dims, data.test.images.dims], [[10, 3, 32, 32], [2, 3, 32, 32]]);
    const firsts = Array.from({ length: 10 }, (_, i) => data.train.images.data[i * 3072]);
    deepEqual(firsts, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    deepEqual(numbersOf(data.train.labels), [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    await rejects(cifar10({ folder, pixels: "jpeg75" }), { message: /not CIFAR-10/ });
  });
});

Deno.test("exact and JPEG pixels are never mixed, and the name says which", async () => {
  const files = {
    "data_batch_1_exact3.bin.gz": batch(3, 10),
    "data_batch_1_jpeg75.bin.gz": batch(5, 20),
    "test_batch_exact2.bin.gz": batch(2, 11),
    "test_batch_jpeg75.bin.gz": batch(4, 21),
  };
  await withFolder(files, async (folder) => {
    const exact = await cifar10({ folder });
    deepEqual([exact.exact, exact.complete, exact.train.labels.size, exact.test.labels.size], [
      true,
      false,
      3,
      2,
    ]);
    equal(exact.name, "CIFAR-10, the first 2 test images");
    const jpeg = await cifar10({ folder, pixels: "jpeg75" });
    deepEqual([jpeg.exact, jpeg.complete, jpeg.train.labels.size, jpeg.test.labels.size], [
      false,
      false,
      5,
      4,
    ]);
    equal(jpeg.name, "CIFAR-10 after JPEG quality 75 (not CIFAR-10)");
    equal((jpeg.train.images.data as Uint8Array).every((sample) => sample === 20), true);
  });
  await withFolder(
    { "data_batch_1_jpeg75.bin.gz": batch(1, 1), "test_batch_jpeg75.bin.gz": batch(1, 1) },
    async (folder) => {
      await rejects(cifar10({ folder }), { message: /Cannot find CIFAR-10.*deno task data cifar10/ });
    },
  );
});

const labels = dataFile("cifar10/labels_all.bin.gz");
Deno.test({
  name: "real images: PROVENANCE.md's counts, and the labels that stand in a file of their own",
  ignore: !labels,
  async fn() {
    const folder = labels!.replace(/\/[^/]*$/, "");
    const all = await gunzip(await Deno.readFile(labels!), labels);
    const data = await cifar10({ folder });
    deepEqual(numbersOf(data.test.labels), [...all.subarray(0, 1017)]);
    equal(data.train.labels.size, 4000 + 3 * 1017 + 1101);
    deepEqual(numbersOf(data.train.labels).slice(0, 4000), [...all.subarray(10_000, 14_000)]);
    equal(data.name, "CIFAR-10, the first 1,017 test images");
  },
});
