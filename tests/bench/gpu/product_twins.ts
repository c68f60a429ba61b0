import { choleskyInverse, gram, matmul, wandaMask } from "../../../kernels/webgpu/mod.ts";
import { float32, type Tensor } from "../../../lib/tensor/tensor.ts";
import type { Section } from "../section.ts";
import { normalNumbers } from "./contestants.ts";
import { besideCells, besideHead, type Equivalents } from "./equivalents.ts";
import { bestOnCpu } from "./measure.ts";

interface Product {
  name: string;
  /** Its like in equivalents.py. */
  equivalent: string;
  shapes(side: number): number[][];
  operations(side: number): number;
  run(tensors: readonly Tensor[], side: number): Promise<unknown>;
}

const PRODUCTS: readonly Product[] = [
  {
    name: "`matmul`",
    equivalent: "product",
    shapes: (side) => [[side, side], [side, side]],
    operations: (side) => 2 * side ** 3,
    run: ([a, b]) => matmul(a!, b!),
  },
  {
    name: "`gram`, as many tokens as features, one half computed",
    equivalent: "gram",
    shapes: (side) => [[side, side]],
    operations: (side) => side ** 3,
    run: ([x], side) => gram(float32(new Float32Array(side * side), [side, side]), x!),
  },
  {
    name: "`gram` of twice as many tokens, and `choleskyInverse`, in float64",
    equivalent: "factor",
    shapes: (side) => [[2 * side, side]],
    operations: (side) => 2 * side ** 3 + 2 * side ** 3 / 3,
    run: async ([x], side) => {
      const h = float32(new Float32Array(side * side), [side, side]);
      await gram(h, x!);
      await choleskyInverse(h, { damping: 0.01 });
    },
  },
  {
    name: "`wandaMask`, half of each row",
    equivalent: "wanda",
    shapes: (side) => [[side, side], [side]],
    operations: (side) => 2 * side ** 2,
    run: ([w, norms]) => wandaMask(w!, norms!),
  },
];

/** The twins of kernels that multiply matrices, beside NumPy and PyTorch. */
export async function productTwins(
  side: number,
  rounds: number,
  python: Equivalents | undefined,
): Promise<Section> {
  const rows: string[][] = [];
  for (const { name, equivalent, shapes, operations, run } of PRODUCTS) {
    const tensors = shapes(side).map((dims, i) => normalNumbers(dims, `${i}`));
    const twin = await bestOnCpu(async () => void await run(tensors, side), rounds);
    const others = await python?.ask(equivalent, shapes(side), rounds);
    rows.push([name, ...besideCells(twin, operations(side) / 1e9, others)]);
  }
  return {
    title: "The twins of kernels that multiply, on the CPU",
    about:
      `Matrices of ${side} × ${side} float32 numbers. The twins run on one thread, in SIMD of 128 bits; ` +
      (python
        ? `NumPy and PyTorch 2.13 on ${navigator.hardwareConcurrency}. `
        : "without NumPy and PyTorch. ") +
      "Times are of the quickest round. The last column is the faster one's time by the twin's: above one, the twin is faster.",
    head: ["kernel", ...besideHead("GFLOP/s")],
    rows,
  };
}
