import { digestOf } from "../../../files/digest.ts";
import { Tensor } from "../../../tensor/tensor.ts";
import { elements } from "../../../tensor/arrays.ts";
import { type ImageSet, labelTensor, normalize } from "../../../data/image_set.ts";
import { resizeBilinear } from "../../../data/images/resize.ts";
import { crop } from "../../../formats/crop.ts";
import type { Random } from "../../../random.ts";
import type { Examples, StreamedExamples } from "../../../train/batches.ts";

/** Side that images are resized to, and side of the square that is taken of them. */
const [SIDE, SIZE] = [256, 224];

/**
 * Small images in the size of ImageNet's, made when it is their turn: resized to 256×256, of which a square
 * of 224×224 is taken, in the middle, or, to train on, anywhere and mirrored half of the time. float32 [N, C,
 * 224, 224].
 *
 * Source: the transforms of the official code's "CIFAR10(224)".
 */
export function enlarged(
  { images, labels, normalization }: ImageSet,
  taken: "middle" | "anywhere",
): StreamedExamples {
  const [count, channels, height, width] = images.dims as [number, number, number, number];
  const area = height * width;
  const all = elements(images, "uint8");
  return {
    count,
    digest: () => digestOf([taken, all, elements(labels, "int64"), JSON.stringify(normalization)]),
    read(rows: Uint32Array, random: Random): Promise<Examples> {
      const pixels = new Uint8Array(rows.length * channels * SIZE ** 2);
      rows.forEach((row, i) => {
        const place = placeOf(taken, random);
        for (let channel = 0; channel < channels; channel++) {
          const data = all.subarray((row * channels + channel) * area).subarray(0, area);
          const plane = resizeBilinear({ width, height, channels: 1, data }, { width: SIDE, height: SIDE });
          const part = crop(plane, { ...place, width: SIZE, height: SIZE }).data;
          pixels.set(place.mirrored ? mirrored(part) : part, (i * channels + channel) * SIZE ** 2);
        }
      });
      const cut = new Tensor("uint8", pixels, [rows.length, channels, SIZE, SIZE]);
      return Promise.resolve({
        inputs: normalize(cut, normalization),
        targets: labelTensor(Array.from(rows, (row) => Number(labels.data[row]))),
      });
    },
  };
}

function placeOf(
  taken: "middle" | "anywhere",
  random: Random,
): { left: number; top: number; mirrored: boolean } {
  const room = SIDE - SIZE;
  if (taken === "middle") return { left: room / 2, top: room / 2, mirrored: false };
  return { left: random.integer(room + 1), top: random.integer(room + 1), mirrored: random.integer(2) === 1 };
}

/** Each row of a square from its end. */
function mirrored(square: Uint8Array): Uint8Array {
  return Uint8Array.from(square, (_, i) => square[i - i % SIZE + SIZE - 1 - i % SIZE]!);
}
