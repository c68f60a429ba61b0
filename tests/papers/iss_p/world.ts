import type { Evidence } from "../../../lib/papers/iss_p/evidence.ts";
import type { Row } from "../../../lib/papers/iss_p/train_and_test.ts";

type Method = Row["method"];

/** What every method got, as a function of method and sparsity; seeds differ a little, in the same way for all. */
export interface World {
  psnr: (method: Method, sparsity: number) => number;
  afterCut: Record<string, number>;
  turnover: Record<string, number>;
  gradient: Record<string, number>;
  /** Share of the time that zeros save. */
  saved: number;
  bytes: number;
}

/** Methods that are compared. */
export const RIVALS: readonly Method[] = ["iss-p", "one-shot", "iht", "l1-at-init", "structured"];

/** Rows of a world. */
export function evidence(world: World, seeds: readonly number[]): Evidence {
  const row = (method: Method, sparsity: number, seed: number): Row => ({
    method,
    sparsity,
    ...method === "iss-p" && { alpha: 0.99 },
    seed,
    network: "edsr-tiny",
    data: { train: ["procedural"], test: "procedural", scale: 2 },
    pruningSteps: 700,
    steps: 1000,
    rate: 2e-3,
    batchSize: 8,
    patch: 16,
    trained: "",
    tested: "",
    // Seeds differ more than methods do; pairs of one seed differ by little.
    psnr: world.psnr(method, sparsity) + 0.1 * seed + 0.01 * Math.sin(seed + method.length),
    pictures: {},
    sets: [],
    afterCut: world.afterCut[method] ?? 30,
    kept: 956,
    zerosOfPruned: 0.9,
    zerosOfAll: 0.89,
    turnover: (world.turnover[method] ?? 0.5) + 0.001 * seed,
    gradient: (world.gradient[method] ?? 1) * (1 + 0.01 * seed),
    seconds: 1,
    sparsifySeconds: 0,
    log: [],
  });
  return {
    rows: seeds.flatMap((seed) =>
      [0.9, 0.95].flatMap((sparsity) => RIVALS.map((method) => row(method, sparsity, seed)))
    ),
    bicubic: 33,
    latency: [0, 0.5, 0.9, 0.99].map((sparsity, i) => ({
      series: "zeros, run densely",
      sparsity,
      median: sparsity ? 10 * (1 - world.saved) + 0.01 * i : 10,
      low: 9,
      high: 11,
    })),
    file: { sparse: world.bytes, onnx: 44_000, zeros: 0.9 },
  };
}

/** Where the claims are true. */
export const TRUE: World = {
  psnr: (method, sparsity) =>
    method === "iss-p" ? 35 : 34.5 - (sparsity === 0.95 && method === "one-shot" ? 0.5 : 0),
  afterCut: { "iss-p": 34, "one-shot": 31 },
  turnover: { "iss-p": 0.5, iht: 0.3 },
  gradient: { "iss-p": 0.7, "one-shot": 1 },
  saved: 0.3,
  bytes: 4300,
};

/** Where they are false. */
export const FALSE: World = {
  psnr: (method, sparsity) =>
    method === "iss-p" ? 32 : 32.5 + (sparsity === 0.95 && method === "one-shot" ? 0.5 : 0),
  afterCut: { "iss-p": 31, "one-shot": 34 },
  turnover: { "iss-p": 0.3, iht: 0.5 },
  gradient: { "iss-p": 1, "one-shot": 0.7 },
  saved: 0,
  bytes: 44_000,
};
