import { zipSync } from "npm:fflate@0.8.3";
import { fileURLToPath } from "node:url";
import { encodeNpy } from "../../lib/formats/npy.ts";
import { encodePng } from "../../lib/formats/png.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { metanetworkFor } from "../../lib/metanet/metanetwork_for.ts";
import { saveMetanetwork } from "../../lib/metanet/metanetwork_file.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { resnetCifar } from "../../lib/nn/resnet_cifar.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";

const PROGRAM = fileURLToPath(new URL("../../cli.ts", import.meta.url));

/** What a run of the program said, and how it ended. */
export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Runs a program in a folder, without a terminal. */
export async function output(program: string, args: string[], folder: string | URL): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: folder,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  return { code, out, err };
}

/** Runs `espalier` in a folder, from the repository. */
export const espalier = (folder: string, ...args: string[]): Promise<Ended> =>
  output(Deno.execPath(), ["run", "--allow-all", "--quiet", PROGRAM, ...args], folder);

/** A small network for images of 32×32. */
export const MODEL = resnetCifar({ depth: 20, widths: [4, 8, 16] });

const CLASSES = 10;

/** Fills a folder with all files that examples speak of. */
export async function fillFolder(folder: string): Promise<void> {
  await saveModel(MODEL, `${folder}/model.onnx`);
  await saveModel(MODEL, `${folder}/net.onnx`);
  await saveModel(resnetCifar({ depth: 20, widths: [2, 4, 8] }), `${folder}/half.onnx`);
  const tensors = resnetCifar({ depth: 20 }).graph.initializers as ReadonlyMap<string, Tensor>;
  await Deno.writeFile(`${folder}/weights.safetensors`, encodeSafetensors(Object.fromEntries(tensors)));
  await saveMetanetwork(metanetworkFor(MODEL, { hidden: 4 }), `${folder}/metanetwork.safetensors`);
  const random = seededRandom(0, "examples");
  const examples = float32(Array.from({ length: 20 * 3 * 32 * 32 }, () => random.normal()), [20, 3, 32, 32]);
  const labels = int64(Array.from({ length: 20 }, (_, i) => i % CLASSES));
  await Deno.writeFile(
    `${folder}/data.npz`,
    zipSync({ "inputs.npy": encodeNpy(examples), "targets.npy": encodeNpy(labels) }),
  );
  const pixels = new GraphBuilder("unet");
  const normals = (dims: number[]) =>
    float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims);
  const inner = pixels.parameter("inner", normals([8, 3, 1, 1]));
  const outer = pixels.parameter("outer", normals([1, 8, 1, 1]));
  const image = pixels.input("image", "float32", ["N", 3, 32, 32]);
  pixels.output(pixels.conv(pixels.relu(pixels.conv(image, inner)), outer), "mask");
  await saveModel(pixels.model(), `${folder}/unet.onnx`);
  const masks = float32(Array.from({ length: 20 * 32 * 32 }, () => random.integer(2)), [20, 1, 32, 32]);
  await Deno.writeFile(
    `${folder}/masks.npz`,
    zipSync({ "inputs.npy": encodeNpy(examples), "targets.npy": encodeNpy(masks) }),
  );
  for (const part of ["train", "val"]) {
    for (let label = 0; label < CLASSES; label++) {
      await Deno.mkdir(`${folder}/images/${part}/class${label}`, { recursive: true });
      const data = Uint8Array.from({ length: 40 * 40 * 3 }, () => random.integer(256));
      const image = encodePng({ width: 40, height: 40, channels: 3, data });
      await Deno.writeFile(`${folder}/images/${part}/class${label}/1.png`, image);
    }
  }
}
