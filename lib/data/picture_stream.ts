import { Tensor } from "../tensor/tensor.ts";
import type { Random } from "../random.ts";
import type { Examples, StreamedExamples } from "../train/batches.ts";
import type { LabelledFiles } from "./class_folders.ts";
import { labelTensor, type Normalization } from "./image_set.ts";
import type { Answer, Job, PictureJob } from "./picture_worker.ts";

/** How pictures become examples. */
export interface PictureStreamOptions {
  /** How bytes become the numbers that networks see. */
  normalization: Normalization;
  /** Side of the square that is taken, in pixels. Default 224. */
  size?: number;
  /**
   * `"random"`: a part of the picture, resized, for training. `"centre"`: the middle of the picture, for
   * evaluation.
   */
  crop: "random" | "centre";
  /**
   * What the shorter side is resized to before the middle is taken, in pixels. Default 256 for 224, in
   * proportion.
   */
  side?: number;
}

/**
 * Pictures in files as examples: read, decoded, cropped and normalised by threads of their own when it is
 * their turn, float32 [N, 3, size, size] with int64 labels [N]. Grey and CMYK pictures become RGB; an alpha
 * channel is left out. The same seed gives the same crops.
 *
 * A picture that cannot be read is an error that names it, when its batch is asked for.
 */
export function pictureStream(
  { paths, labels }: LabelledFiles,
  { normalization, size = 224, crop, side = Math.round(size * 256 / 224) }: PictureStreamOptions,
): StreamedExamples {
  const read = crew();
  return {
    count: paths.length,
    async read(rows: Uint32Array, random: Random): Promise<Examples> {
      const pictures = Array.from(rows, (row): PictureJob => ({
        path: paths[row]!,
        ...crop === "random" && { seed: random.integer(2 ** 32) },
      }));
      const parts = await read(pictures, { size, side, normalization });
      const all = new Float32Array(rows.length * 3 * size ** 2);
      parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
      return {
        inputs: new Tensor("float32", all, [rows.length, 3, size, size]),
        targets: labelTensor(Array.from(rows, (row) => labels[row]!)),
      };
    },
  };
}

/** Threads at most: with more, the pictures of one batch are soon read anyway. */
const HANDS = Math.min(8, Math.max(1, navigator.hardwareConcurrency - 1));

/** Milliseconds without work after which the threads end, so that they do not keep the program alive. */
const REST = 1000;

interface Hand {
  worker: Worker;
  /** What it has not answered yet, by number. */
  jobs: Map<number, PromiseWithResolvers<Float32Array>>;
}

/**
 * Threads that read pictures, begun when they are needed. All that a batch asks for is sent to them at once:
 * while a step of training keeps this thread busy, nobody could hand out more.
 */
function crew(): (
  pictures: readonly PictureJob[],
  settings: Omit<Job, "id" | "pictures">,
) => Promise<Float32Array[]> {
  const hands: Hand[] = [];
  let jobs = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;
  const dismiss = (hand: Hand) => {
    hand.worker.terminate();
    hands.splice(hands.indexOf(hand), 1);
  };
  const hire = (): Hand => {
    const worker = new Worker(new URL("./picture_worker.ts", import.meta.url), { type: "module" });
    const hand: Hand = { worker, jobs: new Map() };
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const { resolve, reject } = hand.jobs.get(data.id)!;
      hand.jobs.delete(data.id);
      if ("error" in data) reject(new (data.damaged ? SyntaxError : Error)(data.error));
      else resolve(data.pictures);
      if (hands.every(({ jobs }) => jobs.size === 0)) {
        rest = setTimeout(() => hands.slice().forEach(dismiss), REST);
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of hand.jobs.values()) {
        reject(new Error(`Cannot read pictures: ${event.message}`));
      }
      dismiss(hand);
    };
    hands.push(hand);
    return hand;
  };
  return (pictures, settings) => {
    clearTimeout(rest);
    while (hands.length < HANDS) hire();
    const share = Math.ceil(pictures.length / HANDS);
    return Promise.all(
      Array.from({ length: Math.ceil(pictures.length / share) }, (_, i) => {
        const id = jobs++;
        const answer = Promise.withResolvers<Float32Array>();
        const { worker, jobs: own } = hands.reduce((a, b) => b.jobs.size < a.jobs.size ? b : a);
        own.set(id, answer);
        worker.postMessage(
          { ...settings, id, pictures: pictures.slice(i * share, (i + 1) * share) } satisfies Job,
        );
        return answer.promise;
      }),
    );
  };
}
