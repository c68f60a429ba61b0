import { fileURLToPath } from "node:url";
import type { Gpu } from "../../../kernels/webgpu/core/gpu.ts";
import { addToHessian, newHessian } from "../../../kernels/webgpu/linear/hessian.ts";
import { sparseGpt } from "../../../kernels/webgpu/sparse_gpt/sparse_gpt.ts";
import { toGpu } from "../../../kernels/webgpu/mod.ts";
import { digits, type Section } from "../section.ts";
import { type Spent, spent } from "../turns.ts";
import { compressed, type Layer, type Took } from "./compressed_layer.ts";
import { normalNumbers } from "./contestants.ts";

/** Seconds to prune half of a layer, on the GPU and on the CPU, ours and PyTorch's. */
export async function sparseGptSeconds(gpu: Gpu, python: string | undefined): Promise<Section> {
  const small: Layer = { side: 512, tokens: 4096 };
  const large: Layer = { side: 4096, tokens: 8192 };
  const onGpu: Layer = gpu.isCpu ? { side: 192, tokens: 512 } : { side: 4096, tokens: 128 * 2048 };
  const list: [string, Layer, () => Promise<Took | undefined>][] = [
    ["Espalier, GPU", onGpu, () => ours(gpu, onGpu)],
    ["PyTorch, the same GPU", onGpu, () => torch(python, "cuda", onGpu)],
    ["Espalier, the kernels' twins, one thread", small, () => ours(undefined, small)],
    ["PyTorch, CPU, all threads", small, () => torch(python, "cpu", small)],
    ["Espalier, `compress` on the CPU", large, () => compressed(large)],
    ["PyTorch, CPU, all threads", large, () => torch(python, "cpu", large)],
  ];
  const rows: string[][] = [];
  for (const [name, { side, tokens }, measure] of list) {
    const took = await measure();
    const sum = (what: keyof Spent) => took && (took.hessian[what] ?? NaN) + (took.prune[what] ?? NaN);
    rows.push([
      ...[name, `${side} × ${side}`, `${tokens}`],
      ...[took?.hessian.seconds, took?.prune.seconds, sum("seconds"), sum("processor")].map((value) =>
        digits(value)
      ),
    ]);
  }
  return {
    title: "SparseGPT, one layer",
    about:
      "Half of the weights, in blocks of 128 columns, the second run. PyTorch runs the steps of the authors' program, in " +
      "float32. `compress` multiplies in ONNX Runtime on all threads, and does the rest on one. A dash: not measured.",
    head: [
      ...["program", "layer", "tokens", "s, Hessian", "s, factor and pruning", "s, both"],
      "processor s",
    ],
    rows,
  };
}

async function ours(gpu: Gpu | undefined, { side, tokens }: Layer): Promise<Took> {
  const put = (dims: number[], seed: string) => {
    const tensor = normalNumbers(dims, seed);
    return gpu ? toGpu(gpu, tensor) : tensor;
  };
  const length = Math.min(tokens, 2048);
  // The same sequence again and again would not do: then the Hessian would lack rank where it is short.
  const sequences = Array.from(
    { length: Math.min(tokens / length, 4) },
    (_, i) => put([1, length, side], `${i}`),
  );
  let took: Took | undefined;
  for (let round = 0; round < 2; round++) {
    const weight = put([side, side], "weight");
    const hessian = newHessian(side, gpu);
    took = {
      hessian: await spent(async () => {
        for (let i = 0; i < tokens / length; i++) {
          await addToHessian(hessian, sequences[i % sequences.length]!);
        }
        await gpu?.idle();
      }),
      prune: await spent(async () => {
        const { weight: pruned, mask, loss } = await sparseGpt(weight, hessian.h);
        await gpu?.idle();
        if (gpu) { for (const tensor of [pruned, mask, loss]) tensor.dispose(); }
      }),
    };
    if (gpu) { for (const tensor of [weight, hessian.h, hessian.residual]) tensor.dispose(); }
  }
  if (gpu) { for (const tensor of sequences) tensor.dispose(); }
  return took!;
}

async function torch(
  python: string | undefined,
  device: "cpu" | "cuda",
  { side, tokens }: Layer,
): Promise<Took | undefined> {
  if (python === undefined) return undefined;
  const script = fileURLToPath(new URL("./sparse_gpt.py", import.meta.url));
  const args = [script, device, `${navigator.hardwareConcurrency}`, `${side}`, `${tokens}`];
  const { stdout } = await new Deno.Command(python, { args, stderr: "inherit" }).output();
  const said = new TextDecoder().decode(stdout).trim();
  return said ? JSON.parse(said) : undefined;
}
