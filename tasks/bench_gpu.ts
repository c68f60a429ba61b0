import { join } from "node:path";
import { fetchPackages, LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** Measures the compute kernels on this machine; arguments go to `tests/bench/gpu/main.ts`. */
export async function task(args: string[]): Promise<number> {
  await fetchPackages();
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...LOCKED, "--allow-all", join(ROOT, "tests/bench/gpu/main.ts"), ...args],
  }).spawn().status;
  return code;
}
