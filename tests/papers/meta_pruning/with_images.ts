import { encodeSafetensors } from "../../../lib/formats/safetensors.ts";
import type { AnyTensor, Tensor } from "../../../lib/tensor/tensor.ts";
import { writeImages } from "../../data/image_folders.ts";

/** A checkpoint among the images: its file's name, and what is in it. */
export interface Checkpoint {
  file: string;
  tensors: () => Record<string, AnyTensor>;
}

/** Has images of six classes and a checkpoint in a folder of data, while something is done. */
export async function withImages(
  { file, tensors }: Checkpoint,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const before = Deno.env.get("ESPALIER_DATA");
  const folder = await Deno.makeTempDir();
  try {
    const images = `${folder}/imagenet`;
    await writeImages(images, { classes: ["a", "b", "c", "d", "e", "f"], train: 6, val: 2 });
    await Deno.writeFile(`${images}/${file}`, encodeSafetensors(tensors() as Record<string, Tensor>));
    Deno.env.set("ESPALIER_DATA", folder);
    await work(folder);
  } finally {
    if (before === undefined) Deno.env.delete("ESPALIER_DATA");
    else Deno.env.set("ESPALIER_DATA", before);
    await Deno.remove(folder, { recursive: true });
  }
}
