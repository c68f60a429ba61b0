import { join } from "node:path";
import { guarded } from "../lib/guard.ts";
import { fetchPackages, LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** How the task is used. */
export const HELP: string = `deno task zoo [name… | --write]

Exports well-known architectures of Python packages, prunes each and compares it with its mask. Without a
name, all of them, but for those that were done before. PyTorch is installed in .venv-zoo first; results lie
in results/zoo; --write makes docs/coverage.md of them.`;

/**
 * Prunes well-known architectures from Python packages; arguments are names, and go to `tests/zoo/main.ts`.
 */
export async function task(args: string[]): Promise<number> {
  await fetchPackages();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...LOCKED, "--allow-all", join(ROOT, "tests/zoo/main.ts"), ...args],
  }).spawn();
  const { code } = await guarded(child, child.status);
  return code;
}
