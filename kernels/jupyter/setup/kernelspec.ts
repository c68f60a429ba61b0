import { dirname, join } from "node:path";
import { replaceFile, replaceFileBy } from "../../../lib/files/replace_files.ts";
import { KERNEL_NAME, type Kernelspec, kernelspecOf } from "../kernelspec.ts";
import { tryKernel } from "../try_kernel.ts";
import type { Places } from "./paths.ts";
import { UserProblem } from "./problem.ts";

/** The kernelspec of a virtual environment: the kernel of this tree on the environment's own Deno. */
export function ownKernelspec({ venv, deno }: Places): Kernelspec {
  const spec = kernelspecOf(undefined, deno);
  // Without it, the Vulkan loader prints an error that means nothing.
  return { ...spec, env: { ...spec.env, XDG_RUNTIME_DIR: join(venv, "run") } };
}

/**
 * Writes the kernelspec into the virtual environment, with a copy of this Deno for it to run on: `npx` keeps
 * its own in a cache that may be cleaned.
 */
export async function installKernelspec(places: Places): Promise<void> {
  await Deno.mkdir(dirname(places.kernelspec), { recursive: true });
  await Deno.mkdir(join(places.venv, "run"), { recursive: true, mode: 0o700 });
  // Moved into place: a kernel that runs keeps the old one.
  await replaceFileBy(places.deno, (part) => Deno.copyFile(Deno.execPath(), part));
  await replaceFile(places.kernelspec, JSON.stringify(ownKernelspec(places), null, 2) + "\n");
}

/** Runs cells on the installed kernel and stops one; throws unless all went well. */
export async function checkKernel(places: Places): Promise<void> {
  const why = await tryKernel(ownKernelspec(places), places.venv);
  if (why === undefined) return;
  throw new UserProblem(
    `Cannot use the kernel ${KERNEL_NAME}: ${why}; delete ${places.venv} and run the task again`,
  );
}
