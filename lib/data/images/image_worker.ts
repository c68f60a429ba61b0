/** The thread that `image_stream.ts` has images read by. */
import { Error, SyntaxError } from "../../errors.ts";
import { readFile } from "../../files/read_file.ts";
import { decodeImage } from "../../formats/decode_image.ts";
import type { Image } from "../../formats/image.ts";
import { seededRandom } from "../../random.ts";
import { centreCrop, randomResizedCrop } from "./crops.ts";
import { type Normalization, normalize } from "../image_set.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { floats } from "../../tensor/arrays.ts";

/** An image to read: a random crop where there is a seed, else the middle. */
export interface ImageJob {
  /** Path of the image's file. */
  path: string;
  /** Seed of the random crop; without it the middle is taken. */
  seed?: number | undefined;
}

/** Message to the worker thread. */
export interface Job {
  /** Number by which the answer names the job. */
  id: number;
  /** The images to read, in order. */
  images: readonly ImageJob[];
  /** Side of the square that is taken, in pixels. */
  size: number;
  /** Shorter side of the resized image whose middle is taken. */
  side: number;
  /** Mean and deviation that pixels are shifted and scaled by. */
  normalization: Normalization;
}

/** Answer of the thread: float32 [images, 3, size, size], or what is wrong. */
export type Answer =
  | { id: number; images: Float32Array }
  | { id: number; error: string; /** Whether a file is damaged. */ damaged: boolean };

/** A thread's global scope is the end of a channel like the one that a `Worker` is to those outside. */
const here = globalThis as unknown as Worker;

here.onmessage = async ({ data: job }: MessageEvent<Job>) => {
  const answer = (message: Answer, transfer: Transferable[] = []) => here.postMessage(message, transfer);
  const { id, size } = job;
  try {
    const images = new Float32Array(job.images.length * 3 * size ** 2);
    for (const [i, image] of job.images.entries()) {
      images.set(await readImage(image, job), i * 3 * size ** 2);
    }
    answer({ id, images }, [images.buffer]);
  } catch (error) {
    answer({ id, error: (error as Error).message, damaged: error instanceof SyntaxError });
  }
};

async function readImage(
  { path, seed }: ImageJob,
  { size, side, normalization }: Job,
): Promise<Float32Array> {
  const image = toThreeChannels(
    await decodeImage(await bytesAt(path), path).catch((error) => {
      throw new SyntaxError(`${error.message}; put a whole copy in its place`, { cause: error });
    }),
  );
  const square = seed === undefined
    ? centreCrop(image, size, side)
    : randomResizedCrop(image, size, seededRandom(seed));
  return floats(normalize(toPlanes(square), normalization));
}

async function bytesAt(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(
      `Cannot read ${path}: ${(error as Error).message}; the folder must stay as it was when it was opened`,
      { cause: error },
    );
  }
}

/** Grey three times; without alpha. */
function toThreeChannels(image: Image): Image {
  const { width, height, channels, data } = image;
  if (channels === 3) return image;
  const rgb = new Uint8Array(width * height * 3);
  const step = channels < 3 ? 0 : 1;
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = data[i * channels + c * step]!;
  }
  return { width, height, channels: 3, data: rgb };
}

/** uint8 [1, 3, height, width] */
function toPlanes({ width, height, data }: Image): Tensor {
  const area = width * height;
  const planes = new Uint8Array(3 * area);
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < area; i++) planes[c * area + i] = data[3 * i + c]!;
  }
  return new Tensor("uint8", planes, [1, 3, height, width]);
}
