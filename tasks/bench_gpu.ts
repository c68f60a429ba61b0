import { join } from "node:path";
import { guarded } from "../lib/guard.ts";
import { fetchPackages, LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** How the task is used. */
export const HELP: string = `deno task bench:gpu [part…] [options]

Measures the compute kernels on this machine's GPU, and their twins on its CPU, a table for each part.

  parts             memory, products, sparsegpt, sparse, product-twins, twins
  --rounds N        times that all is measured; default 5
  --torch PYTHON    a Python with PyTorch and NumPy to compare with; default one of its own in .venv-bench
  --no-torch        compares with nothing
  --write           puts the tables into docs/benchmarks.md`;

/** Measures the compute kernels on this machine; arguments go to `tests/bench/gpu/main.ts`. */
export async function task(args: string[]): Promise<number> {
  await fetchPackages();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...LOCKED, "--allow-all", join(ROOT, "tests/bench/gpu/main.ts"), ...args],
  }).spawn();
  const { code } = await guarded(child, child.status);
  return code;
}
