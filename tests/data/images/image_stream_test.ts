import { deepEqual, equal, notDeepEqual, ok, rejects, throws } from "node:assert/strict";
import { classFolders } from "../../../lib/data/class_folders.ts";
import { centreCrop } from "../../../lib/data/images/crops.ts";
import { imageStream } from "../../../lib/data/images/image_stream.ts";
import { decodeImage } from "../../../lib/formats/decode_image.ts";
import { encodePng } from "../../../lib/formats/png.ts";
import { numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { type Batch, toBatches } from "../../../lib/train/batches.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { jpeg, writeImages } from "../image_folders.ts";
import { inFolder } from "../../in_folder.ts";

const normalization = { mean: [0.1, 0.2, 0.3], deviation: [0.5, 0.25, 0.125] };

const withFolder = (classes: readonly string[], use: (folder: string) => Promise<void>) =>
  inFolder(async (folder) => {
    await writeImages(folder, { classes, train: 5, val: 3 });
    await use(folder);
  });

Deno.test("streamed images are the files' middles, normalised, with their labels", () =>
  withFolder(["a", "b", "c"], async (folder) => {
    const { val } = await classFolders(folder);
    const stream = imageStream(val, { normalization, crop: "centre", size: 14 });
    equal(stream.count, 9);
    const rows = Uint32Array.of(8, 0, 5, 4);
    const { inputs, targets } = await stream.read(rows, seededRandom(0));
    deepEqual((inputs as Tensor).dims, [4, 3, 14, 14]);
    deepEqual(numbersOf(targets as Tensor), [2, 0, 1, 1]);
    const expected: number[] = [];
    for (const row of rows) {
      const path = val.paths[row]!;
      const { data } = centreCrop(await decodeImage(await Deno.readFile(path), path), 14, 16);
      for (let c = 0; c < 3; c++) {
        for (let i = 0; i < 14 * 14; i++) {
          expected.push((data[3 * i + c]! / 255 - normalization.mean[c]!) / normalization.deviation[c]!);
        }
      }
    }
    assertClose((inputs as Tensor).data as Float32Array, expected, REORDERED_FLOAT32);
  }));

Deno.test("batches of random crops depend on their place alone, so that a run can be resumed", () =>
  withFolder(["a", "b"], async (folder) => {
    const { train } = await classFolders(folder);
    const batches = () =>
      toBatches(imageStream(train, { normalization, crop: "random", size: 8 }), {
        batchSize: 4,
        input: "input",
        target: "labels",
        shuffleSeed: 3,
      });
    const first = batches();
    equal(first.stepsPerEpoch, 3);
    const all: Batch[] = [];
    for (const epoch of [0, 1]) {
      for (let step = 0; step < 3; step++) all.push(await first.batch(epoch, step));
    }
    const again = batches();
    for (const place of [5, 1, 4, 0]) {
      const batch = await again.batch(Math.floor(place / 3), place % 3);
      deepEqual(batch.inputs.input!.data, all[place]!.inputs.input!.data);
      deepEqual(batch.targets.labels!.data, all[place]!.targets.labels!.data);
    }
    const labels = (epoch: number) =>
      all.slice(3 * epoch, 3 * epoch + 3).flatMap(({ targets }) => numbersOf(targets.labels!));
    deepEqual(labels(0).toSorted(), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    notDeepEqual(all[0]!.inputs.input!.data, all[3]!.inputs.input!.data);
    deepEqual(all.map(({ inputs }) => inputs.input!.dims[0]), [4, 4, 2, 4, 4, 2]);
  }));

Deno.test("grey images become RGB, an alpha channel is left out, and the first bytes say what a file is", () =>
  withFolder(["a"], async (folder) => {
    const size = { width: 9, height: 9 };
    const samples = (channels: number) =>
      Uint8Array.from({ length: 81 * channels }, (_, i) => (i * i + 31 * i) % 256);
    const [grey, rgb] = [{ ...size, channels: 1, data: samples(1) }, {
      ...size,
      channels: 3,
      data: samples(3),
    }];
    const rgba = { ...size, channels: 4, data: new Uint8Array(81 * 4).fill(9) };
    for (let i = 0; i < 81; i++) rgba.data.set(rgb.data.subarray(3 * i, 3 * i + 3), 4 * i);
    const files: Record<string, Uint8Array> = {
      "1.png": encodePng(grey),
      "2.JPEG": encodePng(rgb), // as one image of ImageNet is
      "3.png": encodePng(rgba),
      "4.jpg": jpeg(grey),
    };
    await Deno.remove(`${folder}/train/a`, { recursive: true });
    await Deno.mkdir(`${folder}/train/a`);
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/train/a/${name}`, bytes);
    }
    const { train } = await classFolders(folder);
    const plain = { mean: [0, 0, 0], deviation: [1 / 255, 1 / 255, 1 / 255] };
    const stream = imageStream(train, { normalization: plain, crop: "centre", size: 9, side: 9 });
    const { inputs } = await stream.read(Uint32Array.of(0, 1, 2, 3), seededRandom(0));
    const all = (inputs as Tensor).data as Float32Array;
    const plane = (row: number, c: number) => all.subarray((3 * row + c) * 81, (3 * row + c + 1) * 81);
    for (let c = 0; c < 3; c++) {
      assertClose(plane(0, c), grey.data, REORDERED_FLOAT32);
      assertClose(plane(1, c), rgb.data.filter((_, i) => i % 3 === c), REORDERED_FLOAT32);
      assertClose(plane(2, c), plane(1, c), REORDERED_FLOAT32);
      deepEqual(plane(3, c), plane(3, 0), "grey in colour");
    }
  }));

Deno.test("an image that cannot be read is named when its batch is asked for, and others can still be read", () =>
  withFolder(["a", "b"], async (folder) => {
    const { train } = await classFolders(folder);
    const broken = train.paths[6]!;
    await Deno.writeFile(broken, (await Deno.readFile(broken)).slice(0, 200));
    const batches = toBatches(imageStream(train, { normalization, crop: "random", size: 8 }), {
      batchSize: 3,
      input: "input",
      target: "labels",
    });
    // The third batch has it, and is begun while the first one is at work.
    for (const step of [0, 1]) equal((await batches.batch(0, step)).inputs.input!.dims[0], 3);
    await rejects(async () => await batches.batch(0, 2), (error: Error) => {
      equal(error.name, "SyntaxError");
      ok(
        error.message.includes(broken) && error.message.endsWith("put a whole copy in its place"),
        error.message,
      );
      return true;
    });
    await Deno.remove(broken);
    await rejects(async () => await batches.batch(0, 2), /Cannot read .*the folder must stay as it was/);
    equal((await batches.batch(0, 3)).inputs.input!.dims[0], 1);
  }));

Deno.test("settings that cannot be meant are refused before an image is read", () => {
  const stream = (options: object) =>
    imageStream({ paths: [], labels: new Uint32Array() }, { normalization, crop: "centre", ...options });
  throws(() => stream({ size: 0 }), /size 0: expected a whole number from 1/);
  throws(() => stream({ size: 22.4 }), /size 22\.4: expected a whole number from 1/);
  throws(() => stream({ size: 32, side: 31 }), /side 31: expected a whole number from 32/);
  throws(() => stream({ crop: "center" }), /crop "center": expected "random" or "centre"/);
  throws(
    () => stream({ normalization: { mean: [0.5], deviation: [0.25] } }),
    /1 means and 1 deviations: expected three of each/,
  );
});
