import { join } from "node:path";
import { setUpJupyter } from "../kernels/jupyter/setup/environment.ts";
import { fetchPackages, LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** Sets up what the tests need and runs them; arguments go to `deno test`. */
export async function task(args: string[]): Promise<number> {
  const { venv } = await setUpJupyter();
  await fetchPackages();
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", ...LOCKED, "--allow-all", ...args],
    cwd: ROOT,
    // Without it, the Vulkan loader prints an error that means nothing.
    env: { XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? join(venv, "run") },
  }).spawn().status;
  return code;
}
