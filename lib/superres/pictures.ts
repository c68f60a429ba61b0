import { Tensor } from "../deps.ts";
import type { Image } from "../formats/image.ts";
import type { Figure } from "../plot/figure.ts";
import { imageGrid } from "../plot/image_grid.ts";
import { crop, type Rectangle } from "./crop.ts";
import type { SuperresData } from "./data.ts";
import { luma } from "./luma.ts";
import { psnr } from "./psnr.ts";

/** A way to enlarge, with its name. */
export interface Entrant {
  name: string;
  enlarge: (lr: Image) => Image | Promise<Image>;
}

/**
 * The same region of one test picture by several entrants, the original first, each with the PSNR of the whole picture
 * under it.
 *
 * @throws RangeError where the picture or the region is not there
 */
export async function cropsFigure(
  data: SuperresData,
  entrants: readonly Entrant[],
  { picture, region, source }: { picture: string; region: Rectangle; source: string },
): Promise<Figure> {
  const pair = data.test.find(({ name }) => name === picture);
  if (!pair) {
    throw new RangeError(
      `Cannot show "${picture}": the test pictures are ${data.test.map(({ name }) => name).join(", ")}`,
    );
  }
  const images: Image[] = [crop(pair.hr, region)];
  const captions = ["original"];
  for (const { name, enlarge } of entrants) {
    const whole = await enlarge(pair.lr);
    images.push(crop(whole, region));
    captions.push(`${name}: ${psnr(luma(whole), luma(pair.hr), { border: data.scale }).toFixed(2)} dB`);
  }
  return imageGrid(stack(images), {
    title: `${picture}, ${region.width} × ${region.height} pixels of it`,
    subtitle: source,
    alt: `The same region by each method; ${captions.join("; ")}`,
    captions,
    columns: Math.min(4, images.length),
    size: 170,
  });
}

/** Grey or RGB pictures of one size as uint8 [N, 3, H, W]. */
function stack(images: readonly Image[]): Tensor {
  const { width, height } = images[0]!;
  const area = width * height;
  const data = new Uint8Array(images.length * 3 * area);
  images.forEach(({ channels, data: pixels }, n) => {
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < area; i++) {
        data[(3 * n + c) * area + i] = pixels[channels * i + (channels === 1 ? 0 : c)]!;
      }
    }
  });
  return new Tensor("uint8", data, [images.length, 3, height, width]);
}
