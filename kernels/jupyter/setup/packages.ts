import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./paths.ts";
import { UserProblem } from "./problem.ts";

/** Modules that name what notebooks, tests and the kernel load, packages that wait for a use too. */
const ENTRIES = [
  "mod.ts",
  "kernels/jupyter/mod.ts",
  "kernels/jupyter/kernel/main.ts",
  "lib/bundle/mod.ts",
  "lib/bundle/native/deps.ts",
];

/**
 * Arguments for Deno that hold it to the versions and hashes of deno.lock. The configuration itself names no
 * lock file: `deno task` would fetch all its packages before any of our code could say what is missing.
 */
export const LOCKED: readonly string[] = [`--lock=${join(ROOT, "deno.lock")}`, "--frozen"];

/**
 * Fetches the npm packages at the versions and hashes of the lock file, so that no cell has to wait for them.
 */
export async function fetchPackages(env: Record<string, string> = {}): Promise<void> {
  const note = setTimeout(() => console.error("Fetching the npm packages that deno.lock names"), 1000);
  const entries = ENTRIES.map((entry) => join(ROOT, entry)).filter(existsSync);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", ...LOCKED, "--quiet", ...entries],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "null",
  }).output();
  clearTimeout(note);
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim();
  if (/sending request|dns error|connect|timed out|network/i.test(said)) {
    throw new UserProblem(
      "Cannot download the npm packages: the registry does not answer; connect to the internet (or set " +
        "HTTPS_PROXY, NPM_CONFIG_REGISTRY) and run the task again, it goes on from what was downloaded",
    );
  }
  throw new UserProblem(`Cannot fetch the npm packages of deno.lock: ${said.replaceAll(/\s*\n\s*/g, " / ")}`);
}
