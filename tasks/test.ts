import { join } from "node:path";
import { guarded } from "../lib/guard.ts";
import { setUpJupyter } from "../kernels/jupyter/setup/environment.ts";
import { fetchPackages, LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";
import { UserProblem } from "../kernels/jupyter/setup/problem.ts";
import { TAGS, testArguments } from "./test_tags.ts";

/** How the task is used. */
export const HELP: string =
  `deno task test [--quick | --only=TAG,… | --without=TAG,…] [anything that deno test takes]

A test's name ends in its tags; --quick runs the tests without any.

${Object.entries(TAGS).map(([tag, meaning]) => `  [${tag}]`.padEnd(11) + meaning).join("\n")}`;

/**
 * Sets up what the tests need and runs them; tags choose among them, other arguments go to `deno test`.
 */
export async function task(args: string[]): Promise<number> {
  const given = argumentsOf(args);
  await fetchPackages();
  const { venv } = await setUpJupyter();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...LOCKED, "--allow-all", ...given],
    cwd: ROOT,
    // Without it, the Vulkan loader prints an error that means nothing.
    env: { XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? join(venv, "run") },
  }).spawn();
  const { code } = await guarded(child, child.status);
  return code;
}

function argumentsOf(args: readonly string[]): string[] {
  try {
    return testArguments(args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserProblem(error.message);
  }
}
