import { join } from "node:path";
import { guarded } from "../lib/guard.ts";
import { fetchPackages, LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** How the task is used. */
export const HELP: string = `deno task fuzz [format…] [--seconds N] [--until N] [--report] [--fresh]

Damages files of all formats that are read here, or of those whose names have these parts, for N seconds each
(default 10), and looks at what the readers make of them: a whole result, or a sentence. Goes on where the last
run stopped. --until goes round until each has had so many; --report only tells how many were tried so far;
--fresh begins again. docs/reliability.md tells what was found.`;

/** Damages files of all formats and tries their readers; arguments go to `tests/fuzz/main.ts`. */
export async function task(args: string[]): Promise<number> {
  await fetchPackages();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...LOCKED, "--allow-all", "--no-check", join(ROOT, "tests/fuzz/main.ts"), ...args],
  }).spawn();
  const { code } = await guarded(child, child.status);
  return code;
}
