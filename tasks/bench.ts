import { join } from "node:path";
import { guarded } from "../lib/guard.ts";
import { fetchPackages, LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** How the task is used. */
export const HELP: string = `deno task bench [part…] [options]

Measures how fast Espalier is on this machine, a table for each part; without a part, all of them.

  parts             saved, expected, training, transformer, forward, latency, planning, memory, graphs, ctr,
                    logs, start, lm, exports (with llama.cpp where ESPALIER_PYTHON has xllamacpp)
  --rounds N        times that all is measured, in turns; default 5
  --torch PYTHON    a Python with PyTorch to compare with; default one of its own in .venv-zoo
  --networks A,B    only these networks; of ctr, tables of so many million rows
  --write           puts the tables into docs/benchmarks.md; refuses to on a loaded machine`;

/** Measures speed on this machine; arguments go to `tests/bench/main.ts`. */
export async function task(args: string[]): Promise<number> {
  await fetchPackages();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...LOCKED, "--allow-all", join(ROOT, "tests/bench/main.ts"), ...args],
  }).spawn();
  const { code } = await guarded(child, child.status);
  return code;
}
