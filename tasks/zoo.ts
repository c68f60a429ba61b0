import { join } from "node:path";
import { fetchPackages, LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/**
 * Prunes well-known architectures from Python packages; arguments are names, and go to `tests/zoo/main.ts`.
 */
export async function task(args: string[]): Promise<number> {
  await fetchPackages();
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...LOCKED, "--allow-all", join(ROOT, "tests/zoo/main.ts"), ...args],
  }).spawn().status;
  return code;
}
