import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { openNative } from "../../lib/runtime/native.ts";
import { timed } from "./turns.ts";

/** The most that this machine gave when it did nothing else. */
export interface Peak {
  /** Multiply-adds of a plain product of matrices on all threads, in 10⁹ operations a second. */
  gflops: number;
  /** Read and written by a plain copy on one thread, in 10⁹ bytes a second. */
  copied: number;
}

const SIDE = 1024;
const COPIED = 2 ** 26;
const ROUNDS = 12;

let measured: Promise<Peak> | undefined;

/** Measures the machine, once for all tables of a run: some two seconds. */
export const machinePeak = (): Promise<Peak> => measured ??= measure();

async function measure(): Promise<Peak> {
  const g = new GraphBuilder("product");
  const square = () => float32(Float32Array.from({ length: SIDE ** 2 }, (_, i) => i % 7 - 3), [SIDE, SIDE]);
  g.output(g.matMul(g.input("x", "float32", [SIDE, SIDE]), g.parameter("w", square())), "y");
  const runtime = await openNative();
  const session = await runtime.session(g.model());
  const feeds = { x: square() };
  const [from, to] = [new Uint8Array(COPIED).fill(1), new Uint8Array(COPIED)];
  const best = async (work: () => unknown) => {
    let least = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      least = Math.min(least, await timed(() => Promise.resolve(work())));
    }
    return least;
  };
  const product = await best(() => session.run(feeds));
  await runtime.close();
  const copy = await best(() => to.set(from));
  return { gflops: 2 * SIDE ** 3 / product / 1e9, copied: 2 * COPIED / copy / 1e9 };
}

/** A rate as a share of the peak, in words for a table. */
export const ofPeak = (gflops: number | undefined, peak: Peak): string =>
  gflops === undefined || !Number.isFinite(gflops) ? "–" : `${(100 * gflops / peak.gflops).toFixed(0)} %`;
