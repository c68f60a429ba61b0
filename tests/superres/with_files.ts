import type { Image } from "../../lib/formats/image.ts";
import { encodePng } from "../../lib/formats/png.ts";
import { toRgb } from "../../lib/superres/convert_image.ts";
import { proceduralTextures } from "../../lib/superres/procedural.ts";
import { imresize } from "../../lib/superres/resample.ts";

/** A grey image of 24 × 24 pixels. */
export const grey: Image = proceduralTextures({ count: 1, size: 24, seed: 8 })[0]!;
/** The same in RGB. */
export const original: Image = toRgb(grey);
/** That at half of the resolution. */
export const lr: Image = imresize(original, 1 / 2);
/** Not what `imresize` makes, to see which of the two was read. */
export const published: Image = { ...lr, data: lr.data.map((level) => level ^ 1) };

/** Runs with files of these names in a new folder. */
export async function withFiles(
  files: Record<string, Image | Uint8Array>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = `${folder}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(path, content instanceof Uint8Array ? content : encodePng(content));
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
