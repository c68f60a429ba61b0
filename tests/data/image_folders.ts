import { encode as encodeJpeg } from "npm:jpeg-js@0.4.4";
import type { Image } from "../../lib/formats/image.ts";
import { encodePng } from "../../lib/formats/png.ts";
import { type Random, seededRandom } from "../../lib/random.ts";

/** Images of a class: bright stripes of its own direction, on noise; sizes differ. */
function striped(label: number, random: Random): Image {
  const [width, height] = [24 + random.integer(20), 24 + random.integer(20)];
  const data = new Uint8Array(width * height * 3);
  const [across, down] = [Math.cos(label), Math.sin(label)];
  const phase = random.uniform(0, 2 * Math.PI);
  for (let i = 0; i < width * height; i++) {
    const wave = Math.sin(
      (across * (i % width) + down * Math.floor(i / width)) * (0.4 + 0.2 * label) + phase,
    );
    for (let c = 0; c < 3; c++) {
      data[3 * i + c] = 128 + 80 * wave * (c === label % 3 ? 1 : 0.4) + random.uniform(-20, 20);
    }
  }
  return { width, height, channels: 3, data };
}

/** The image as a JPEG file. */
export function jpeg({ width, height, channels, data }: Image): Uint8Array {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = data[i * channels + (channels < 3 ? 0 : c)]!;
  }
  return new Uint8Array(encodeJpeg({ width, height, data: rgba }, 90).data);
}

/** Writes `train/<class>` and `val/<class>` with so many images in each class, JPEG and every third one PNG. */
export async function writeImages(
  folder: string,
  { classes, train, val }: { classes: readonly string[]; train: number; val: number },
): Promise<void> {
  for (const [part, count] of Object.entries({ train, val })) {
    for (const [label, name] of classes.entries()) {
      await Deno.mkdir(`${folder}/${part}/${name}`, { recursive: true });
      const random = seededRandom(0, part, name);
      for (let i = 0; i < count; i++) {
        const image = striped(label, random);
        const [bytes, kind] = i % 3 === 2 ? [encodePng(image), "png"] : [jpeg(image), "JPEG"];
        await Deno.writeFile(`${folder}/${part}/${name}/${name}_${i}.${kind}`, bytes);
      }
    }
  }
}
