/**
 * Measures the compute kernels on this machine's GPU, and their twins on its CPU:
 * `deno task bench:gpu [part…] [--rounds 5] [--torch <python> | --no-torch] [--write]`.
 *
 * Prints a table for each part; `--write` also puts them into docs/benchmarks.md. Sizes are small where the adapter is
 * software, and the table says so. To compare with, PyTorch and NumPy are installed in .venv-bench, unless
 * `--torch` names a Python that has them.
 */
import { parseArgs } from "node:util";
import { openWebgpu, type WebgpuRuntime } from "../../../lib/runtime/webgpu.ts";
import { whyNotQuiet } from "../quiet.ts";
import { machine, type Section, toMarkdown } from "../section.ts";
import { writeSection } from "../write_section.ts";
import { type Equivalents, preparePython, startEquivalents } from "./equivalents.ts";
import { memoryBound } from "./memory_bound.ts";
import { productTwins } from "./product_twins.ts";
import { products } from "./products.ts";
import { sparseProducts } from "./sparse.ts";
import { sparseGptSeconds } from "./sparse_gpt.ts";
import { twins } from "./twins.ts";

/** Numbers of large tensors, and sides of matrices. */
interface Sizes {
  numbers: number;
  side: number;
}

interface Bench {
  runtime: WebgpuRuntime;
  sizes: Sizes;
  rounds: number;
  /** The program, and NumPy and PyTorch in a process of it. */
  python: string | undefined;
  equivalents: Equivalents | undefined;
}

const PARTS: Record<string, (bench: Bench) => Promise<Section>> = {
  memory: ({ runtime, sizes, rounds }) => memoryBound(runtime.gpu, sizes.numbers, rounds),
  products: ({ runtime, sizes, rounds }) => products(runtime, sizes.side, rounds),
  sparsegpt: ({ runtime, python }) => sparseGptSeconds(runtime.gpu, python),
  sparse: ({ runtime, rounds }) => sparseProducts(runtime.gpu, rounds),
  "product-twins": ({ rounds, equivalents }) => productTwins(1024, rounds, equivalents),
  twins: ({ rounds, equivalents }) => twins(2 ** 23, rounds, equivalents),
};

/** Parts that are compared with PyTorch. */
const COMPARED = new Set(["sparsegpt", "product-twins", "twins"]);

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    torch: { type: "string" },
    "no-torch": { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const unknown = positionals.find((part) => !(part in PARTS));
if (unknown !== undefined || !(Number.isInteger(rounds) && rounds >= 1)) {
  console.error(
    unknown !== undefined
      ? `Cannot measure "${unknown}": expected some of ${Object.keys(PARTS).join(", ")}`
      : `Cannot measure ${values.rounds} rounds: expected a whole number from 1 on`,
  );
  Deno.exit(2);
}
const [load] = Deno.loadavg();
const busy = values.write ? whyNotQuiet(load) : undefined;
if (busy !== undefined) {
  console.error(busy);
  Deno.exit(2);
}
const runtime = await openWebgpu();
const { gpu } = runtime;
const { vendor, architecture, description } = gpu.device.adapterInfo;
const adapter = [vendor, architecture, description].filter(Boolean).join(", ");
const most = Math.floor(gpu.device.limits.maxBufferSize / 4);
const sizes = gpu.isCpu ? { numbers: 2 ** 21, side: 512 } : { numbers: Math.min(10 ** 8, most), side: 4096 };
const asked = positionals.length ? positionals : Object.keys(PARTS);
const alone = values["no-torch"] || !asked.some((part) => COMPARED.has(part));
const python = alone ? undefined : values.torch ?? await preparePython();
const equivalents = python === undefined ? undefined : startEquivalents(python);
for (const part of asked) {
  const on = part.endsWith("twins")
    ? ""
    : `; adapter: ${adapter}${gpu.isCpu ? ", **software on the CPU**" : ""}`;
  const where = `${await machine(load)}${on}`;
  const text = toMarkdown(await PARTS[part]!({ runtime, sizes, rounds, python, equivalents }), where);
  console.log(`${text}\n`);
  if (values.write) await writeSection(`gpu-${part}`, text);
}
equivalents?.stop();
await runtime.close();
Deno.exit(0);
