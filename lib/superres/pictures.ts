import type { Image } from "../formats/image.ts";
import type { Figure } from "../plot/figure.ts";
import { comparePictures } from "./compare_pictures.ts";
import type { Rectangle } from "./crop.ts";
import type { SuperresData } from "./data.ts";

/** A way to enlarge, with its name. */
export interface Entrant {
  name: string;
  enlarge: (lr: Image) => Image | Promise<Image>;
}

/**
 * The same region of one test picture by several entrants, beside the original, each with the PSNR of the whole picture
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
  const outputs: Record<string, Image> = {};
  for (const { name, enlarge } of entrants) outputs[name] = await enlarge(pair.lr);
  return comparePictures([{ name: picture, original: pair.hr, outputs, part: region }], {
    title: `${picture}, ${region.width} × ${region.height} pixels of it`,
    subtitle: source,
    alt: "The whole picture with a box, that region by each method, and as it is in the original",
    border: data.scale,
    size: 130,
  });
}
