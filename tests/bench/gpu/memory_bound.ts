import { type Gpu, grid, type Pass, type Shader } from "../../../kernels/webgpu/core/gpu.ts";
import { bind, bindingChunks } from "../../../kernels/webgpu/core/binding_chunks.ts";
import { bufferOf, emptyOnGpu } from "../../../kernels/webgpu/core/tensors.ts";
import { entry, THREADS } from "../../../kernels/webgpu/core/wgsl.ts";
import { digits, type Section } from "../section.ts";
import { CONTESTANTS } from "./contestants.ts";
import { bestOnGpu, withInputs } from "./measure.ts";

const copyShader: Shader = {
  name: "copy",
  code: `
struct Params { count: u32, x: u32, y: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
${entry()}
  let i = group * ${THREADS}u + thread;
  if (i < p.count) { y[p.y + i] = x[p.x + i]; }
}`,
};

/** Bytes that a plain copy kernel reads and writes in a second. */
async function copyRate(gpu: Gpu, size: number, rounds: number): Promise<number> {
  const [x, y] = [emptyOnGpu(gpu, "float32", [size]), emptyOnGpu(gpu, "float32", [size])];
  const passes = bindingChunks(gpu, size, { bytesPerElement: 4 }).map((part): Pass => {
    const [from, to] = [bind(gpu, bufferOf(x), part, 4), bind(gpu, bufferOf(y), part, 4)];
    return {
      shader: copyShader,
      bindings: [from.binding, to.binding],
      params: [part.count, from.shift, to.shift],
      workgroups: grid(Math.ceil(part.count / THREADS)),
    };
  });
  const seconds = await bestOnGpu(gpu, () => gpu.run(passes), rounds);
  x.dispose();
  y.dispose();
  return 8 * size / seconds;
}

/** The kernels that memory limits, beside a plain copy kernel. */
export async function memoryBound(gpu: Gpu, size: number, rounds: number): Promise<Section> {
  const copy = await copyRate(gpu, size, rounds);
  const rows = [["plain copy", "8.0", "0", digits(8000 * size / copy, 2), digits(copy / 1e9, 2), "1.00"]];
  for (const contestant of CONTESTANTS) {
    const { name, bytes, operations, run } = contestant;
    const [seconds, n] = await withInputs(
      contestant,
      size,
      gpu,
      async (tensors, n) => [await bestOnGpu(gpu, () => run(tensors), rounds), n] as const,
    );
    const rate = bytes(n) / seconds;
    rows.push([
      name,
      digits(bytes(n) / n, 1),
      digits(operations(n) / n, 0),
      digits(seconds * 1000, 2),
      digits(rate / 1e9, 2),
      digits(rate / copy, 2),
    ]);
  }
  return {
    title: "Kernels that memory limits, on a GPU",
    about:
      `${
        size.toLocaleString("en")
      } float32 numbers. Bytes and operations per number are counted from the code; the last ` +
      "column is the kernel's bandwidth by that of a kernel that only copies, in the same run.",
    head: ["kernel", "bytes", "operations", "ms", "GB/s", "of a copy"],
    rows,
  };
}
