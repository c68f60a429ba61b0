import { gram } from "../../../kernels/webgpu/linear/gram.ts";
import { matmul } from "../../../kernels/webgpu/linear/matmul.ts";
import { toGpu, topKAttention } from "../../../kernels/webgpu/mod.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { WebgpuRuntime } from "../../../lib/runtime/webgpu.ts";
import { digits, type Section } from "../section.ts";
import { normalNumbers } from "./contestants.ts";
import { bestOnGpu } from "./measure.ts";

interface Product {
  name: string;
  shapes: number[][];
  operations: number;
  run(tensors: Tensor[]): Promise<Tensor | Tensor[] | void>;
}

/** The kernels that multiply, beside ONNX Runtime's MatMul on the same device. */
export async function products(runtime: WebgpuRuntime, side: number, rounds: number): Promise<Section> {
  const { gpu } = runtime;
  const heads = [Math.max(side / 64, 1), 128, 64];
  const list: Product[] = [
    {
      name: "`matmul`",
      shapes: [[side, side], [side, side]],
      operations: 2 * side ** 3,
      run: ([a, b]) => matmul(a!, b!),
    },
    {
      name: "`gram`, one half computed",
      shapes: [[side, side], [side, side]],
      operations: side ** 3,
      run: ([h, x]) => gram(h!, x!, { keep: 0 }),
    },
    {
      name: `\`topKAttention\`, 30 of 128 keys, ${heads[0]} heads of 64`,
      shapes: [heads, heads, heads],
      operations: heads[0]! * 128 * 64 * 2 * (128 + 30),
      run: ([query, key, value]) => topKAttention({ query: query!, key: key!, value: value! }, { k: 30 }),
    },
  ];
  const ort = await ortSeconds(runtime, side, rounds);
  const rate = 2 * side ** 3 / ort;
  const rows = [["ONNX Runtime's MatMul", digits(ort * 1000, 2), digits(rate / 1e9, 2), "1.00"]];
  for (const { name, shapes, operations, run } of list) {
    const tensors = shapes.map((dims, i) => toGpu(gpu, normalNumbers(dims, `${i}`)));
    const seconds = await bestOnGpu(gpu, () => run(tensors), rounds);
    for (const tensor of tensors) tensor.dispose();
    rows.push([
      name,
      digits(seconds * 1000, 2),
      digits(operations / seconds / 1e9, 2),
      digits(operations / seconds / rate, 2),
    ]);
  }
  return {
    title: "Kernels that multiply, on a GPU",
    about:
      `Matrices of ${side} × ${side} float32 numbers. Operations are counted from the code, those that are not needed left ` +
      "out; the last column is the kernel's rate by that of ONNX Runtime's WebGPU MatMul, in the same run.",
    head: ["kernel", "ms", "GFLOP/s", "of MatMul"],
    rows,
  };
}

/** x ← x·w, carried from run to run, so that nothing leaves the GPU. */
async function ortSeconds(runtime: WebgpuRuntime, side: number, rounds: number): Promise<number> {
  const g = new GraphBuilder("product");
  const w = normalNumbers([side, side], "w");
  // Of such a scale that x keeps its own.
  (w.data as Float32Array).forEach((value, i, data) => data[i] = value / Math.sqrt(side));
  g.output(g.matMul(g.input("x", "float32", [side, side]), g.constant(w)), "y");
  const session = await runtime.session(g.model(), { carry: { x: "y" } });
  await session.setState({ x: normalNumbers([side, side], "x") });
  await session.run({});
  const seconds = await bestOnGpu(runtime.gpu, async () => void await session.run({}), rounds);
  await session.release();
  return seconds;
}
