import { join } from "node:path";
import { fetchPackages, LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** Damages files of all formats and tries their readers; arguments go to `tests/fuzz/main.ts`. */
export async function task(args: string[]): Promise<number> {
  await fetchPackages();
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...LOCKED, "--allow-all", "--no-check", join(ROOT, "tests/fuzz/main.ts"), ...args],
  }).spawn().status;
  return code;
}
