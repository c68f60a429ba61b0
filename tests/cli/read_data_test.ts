import assert from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { dataOptions, namesData, readData } from "../../lib/cli/read_data.ts";
import { classFolders } from "../../lib/data/class_folders.ts";
import { imageStream } from "../../lib/data/images/image_stream.ts";
import { IMAGENET_NORMALIZATION } from "../../lib/data/imagenet.ts";
import { encodeNpy } from "../../lib/formats/npy.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64, Tensor } from "../../lib/tensor/tensor.ts";
import type { StreamedExamples } from "../../lib/train/batches.ts";
import { writeImages } from "../data/image_folders.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("arrays of an .npz are what is learned from and judged by, under their names", async () => {
  await inFolder(async (folder) => {
    const write = async (name: string, arrays: Readonly<Record<string, Parameters<typeof encodeNpy>[0]>>) => {
      const files = Object.entries(arrays).map(([key, tensor]) => [`${key}.npy`, encodeNpy(tensor)]);
      await Deno.writeFile(`${folder}/${name}`, zipSync(Object.fromEntries(files)));
      return { data: `${folder}/${name}` };
    };
    const [inputs, targets] = [float32([1, 2, 3, 4], [1, 4]), int64([2])];
    const [val_inputs, val_targets] = [float32([5, 6, 7, 8], [1, 4]), int64([1])];
    const model = mlp({ sizes: [4, 3] });
    const all = await readData(model, await write("all.npz", { inputs, targets, val_inputs, val_targets }));
    assert.deepEqual(all.train, { inputs, targets });
    assert.deepEqual(all.validation, { inputs: val_inputs, targets: val_targets });
    const alone = await readData(model, await write("alone.NPZ", { inputs, targets }));
    assert.deepEqual(Object.keys(alone), ["train"]);
    for (const half of [{ val_inputs }, { val_targets }]) {
      const { data } = await write("half.npz", { inputs, targets, ...half });
      await assert.rejects(readData(model, { data }), {
        name: "TypeError",
        message:
          `Cannot judge by ${data}: expected arrays val_inputs and val_targets, found inputs, targets, ` +
          `${Object.keys(half)[0]}; add the other, or leave both out`,
      });
    }
    // NumPy's floats are of 64 bits, and a file may be called anything.
    const doubles = {
      inputs: new Tensor("float64", Float64Array.of(1, 2.5, 3, 4), [1, 4]),
      targets: new Tensor("float64", Float64Array.of(2), [1]),
    };
    const { train } = await readData(model, await write("arrays", doubles));
    assert.deepEqual(train, { inputs: float32([1, 2.5, 3, 4], [1, 4]), targets: float32([2], [1]) });
    await Deno.writeTextFile(`${folder}/words.npz`, "words");
    await assert.rejects(readData(model, { data: `${folder}/words.npz` }), {
      message:
        `Cannot read ${folder}/words.npz as data: expected a folder of images, or arrays that numpy.savez wrote`,
    });
    const { data } = await write("x.npz", { x: inputs, y: targets });
    await assert.rejects(readData(model, { data }), {
      name: "TypeError",
      message: `Cannot read ${data} as data: expected arrays inputs and targets, found x, y`,
    });
  });
});

Deno.test("images are read in the size that is typed, else in the model's own, else in ImageNet's", async () => {
  await inFolder(async (folder) => {
    await writeImages(folder, { classes: ["a", "b"], train: 2, val: 1 });
    const imagesOf = (size: number | string) => {
      const g = new GraphBuilder();
      g.output(g.relu(g.input("image", "float32", ["N", 3, size, size])), "y");
      return g.model();
    };
    const { train, val } = await classFolders(folder);
    const digest = async (data: unknown) => await (data as StreamedExamples).digest!();
    const cases: readonly [number | string, Record<string, string>, number][] = [
      ["side", { image: "48" }, 48],
      [32, { image: "48" }, 48],
      [32, {}, 32],
      ["side", {}, 224],
    ];
    for (const [side, given, size] of cases) {
      const read = await readData(imagesOf(side), { data: folder, ...given });
      const settings = { normalization: IMAGENET_NORMALIZATION, size };
      assert.equal(
        await digest(read.train),
        await digest(imageStream(train, { ...settings, crop: "random" })),
      );
      assert.equal(
        await digest(read.validation),
        await digest(imageStream(val, { ...settings, crop: "centre" })),
      );
    }
  });
});

Deno.test("data are named by --data, and --image says something of them alone", () => {
  assert.deepEqual(
    [namesData({ data: "images", image: "64" }), namesData({ data: "x.npz" }), namesData({})],
    [
      true,
      true,
      false,
    ],
  );
  assert.throws(() => namesData({ image: "64" }), {
    name: "UsageError",
    message: "Cannot take images of this size from nowhere: --image is for --data, which names them",
  });
});

Deno.test("help tells of data to judge by where they are looked at", () => {
  const [judged, alone] = [true, false].map((judges) => dataOptions({ judges })[0]!.about) as [
    string,
    string,
  ];
  assert.match(judged, /val_inputs and val_targets/);
  assert.doesNotMatch(alone, /val_inputs|judge/);
});
