import { cholesky } from "../../../kernels/webgpu/linear/cholesky.ts";
import { choleskyInverse } from "../../../kernels/webgpu/linear/cholesky_inverse.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { HESSIAN } from "./sparse_gpt_example.ts";

/** So that 64 rows lie in one. */
const binding = 36_000;

export const choleskyCases: Case[] = [
  ...[0, 1, 2, 7, 63, 64, 65, 100, 130].map((n): Case => ({
    name: `cholesky: of ${n} rows, and the factor of the inverse`,
    async run(gpu) {
      const h = positive(n);
      const l = reference(numbers(h), n);
      const u = inverseFactor(numbers(h), n);
      const results = await everywhere(gpu, async ({ put }) => {
        const there = put(h);
        return [await cholesky(there), await choleskyInverse(there)];
      }, { binding });
      for (const { place, tensors: [lower, upper] } of results) {
        assertClose(numbers(lower!), l, REORDERED_FLOAT32, `${place}, L`);
        assertClose(numbers(upper!), u, REORDERED_FLOAT32, `${place}, U`);
      }
    },
  })),
  {
    name: "cholesky: the factor of the inverse, of the worked example",
    async run(gpu) {
      const h = floats(HESSIAN.flat(), [8, 8]);
      const results = await everywhere(gpu, ({ put }) => choleskyInverse(put(h), { damping: 0.01 }), {
        binding,
      });
      for (const { place, tensors: [u] } of results) {
        assertClose(numbers(u!), FACTOR.flat(), { absolute: 6e-7, relative: 0 }, place);
      }
    },
  },
  {
    name: "cholesky: damping is a share of the diagonal's mean, zeros on it may count as ones",
    async run(gpu) {
      const h = floats([0, 0, 0, 0, 4, 2, 0, 2, 10], [3, 3]);
      const results = await everywhere(
        gpu,
        ({ put }) => cholesky(put(h), { damping: 0.5, zerosAsOnes: true }),
      );
      const damped = [3.5, 0, 0, 0, 6.5, 2, 0, 2, 12.5];
      for (const { place, tensors: [l] } of results) {
        assertClose(numbers(l!), reference(damped, 3), REORDERED_FLOAT32, place);
      }
    },
  },
  {
    name: "cholesky: what is not positive definite is refused with its column",
    async run(gpu) {
      const n = 70;
      const values = numbers(positive(n));
      values[66 * n + 66] = -5;
      const [h, nan] = [floats(values, [n, n]), floats([1, 0, 0, NaN], [2, 2])];
      const singular = floats([1, 1, 1, 1], [2, 2]);
      await everywhere(gpu, async ({ put }) => {
        const there = put(h);
        await refuses(
          () => cholesky(there),
          /not positive definite at column 66, where -.* raise damping, which is 0/,
        );
        await refuses(
          () => choleskyInverse(there, { damping: 0.25 }),
          /choleskyInverse: .* column 66, .* is 0.25/,
        );
        await refuses(() => cholesky(put(nan)), /at column 1, where NaN is left/);
        await refuses(() => cholesky(put(singular)), /at column 1, where 0 is left/);
        return await cholesky(put(singular), { damping: 0.01 });
      }, { binding });
    },
  },
  {
    name: "cholesky: mistakes are refused",
    async run() {
      const h = floats([1, 2], [1, 2]);
      await refuses(() => cholesky(h), /"h" is \[1, 2\], expected a square matrix/);
      await refuses(
        () => cholesky(floats([1], [1, 1]), { damping: -1 }),
        /damping is -1, expected 0 or more/,
      );
    },
  },
];

/** U of the worked example with 0.01 of damping, as printed in `compressed-lrm`, section 2.9. */
const FACTOR = [
  [0.198230, 0.049126, -0.085945, -0.038521, -0.053111, -0.011972, 0.021559, -0.058184],
  [0, 0.403831, 0.038498, 0.080058, -0.122717, -0.013646, -0.098102, -0.178003],
  [0, 0, 0.262620, 0.060585, 0.079328, -0.156552, -0.183953, -0.034314],
  [0, 0, 0, 0.322962, -0.026122, -0.127129, -0.039392, -0.040772],
  [0, 0, 0, 0, 0.250153, -0.063758, -0.089402, -0.018995],
  [0, 0, 0, 0, 0, 0.225519, -0.042609, -0.090809],
  [0, 0, 0, 0, 0, 0, 0.171464, -0.117252],
  [0, 0, 0, 0, 0, 0, 0, 0.194911],
];

/** A matrix of random second moments, well conditioned. */
function positive(n: number): Tensor {
  const x = numbers(randomFloats("h", [2 * n, n]));
  const h = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? 1 : 0;
      for (let t = 0; t < 2 * n; t++) sum += x[t * n + i]! * x[t * n + j]! / n;
      h[i * n + j] = sum;
    }
  }
  return floats(h, [n, n]);
}

/** By the definition, in float64. */
function reference(h: number[], n: number): number[] {
  const l = new Array<number>(n * n).fill(0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = h[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j]!;
    }
  }
  return l;
}

/** The Cholesky factor of the inverse, which is found by elimination: no triangular matrix is inverted here. */
function inverseFactor(h: number[], n: number): number[] {
  const rows = Array.from({ length: n }, (_, i) => [
    ...h.slice(i * n, i * n + n),
    ...Array.from({ length: n }, (_, j) => i === j ? 1 : 0),
  ]);
  for (let c = 0; c < n; c++) {
    const pivot = rows[c]![c]!;
    rows[c] = rows[c]!.map((value) => value / pivot);
    for (let i = 0; i < n; i++) {
      const factor = rows[i]![c]!;
      if (i !== c) rows[i] = rows[i]!.map((value, j) => value - factor * rows[c]![j]!);
    }
  }
  const l = reference(rows.flatMap((row) => row.slice(n)), n);
  return l.map((_, place) => l[place % n * n + Math.floor(place / n)]!);
}

const numbers = (tensor: Tensor) => Array.from(tensor.data as Float32Array);
