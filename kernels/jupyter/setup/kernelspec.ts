import { dirname, join } from "node:path";
import { replaceFile } from "../../../lib/files/replace_files.ts";
import { KERNEL_NAME, type Places } from "./paths.ts";
import { type Kernelspec, startKernel } from "../runner/kernel.ts";
import { UserProblem } from "./problem.ts";
import { applyMessage } from "../runner/outputs.ts";
import { joined, type Output } from "../runner/notebook.ts";

/**
 * Writes the kernelspec into the virtual environment, with a copy of this Deno for it to run on: `npx` keeps
 * its own in a cache that may be cleaned.
 */
export async function installKernelspec(places: Places): Promise<void> {
  await Deno.mkdir(dirname(places.kernelspec), { recursive: true });
  const runtimeFolder = join(places.venv, "run");
  await Deno.mkdir(runtimeFolder, { recursive: true, mode: 0o700 });
  await copyProgram(Deno.execPath(), places.deno);
  const spec: Kernelspec & { metadata: unknown } = {
    argv: [places.deno, "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno (Espalier)",
    language: "typescript",
    env: {
      // Outputs that are stored should not carry terminal colours.
      NO_COLOR: "1",
      // Without it, the Vulkan loader prints an error that means nothing.
      XDG_RUNTIME_DIR: runtimeFolder,
    },
    metadata: { debugger: false },
  };
  await replaceFile(places.kernelspec, JSON.stringify(spec, null, 2) + "\n");
}

/** Executes a cell on the installed kernel; throws unless its value comes back. */
export async function checkKernel(places: Places): Promise<void> {
  const why = await checkCell(places);
  if (why !== undefined) {
    throw new UserProblem(
      `Cannot use the kernel ${KERNEL_NAME}: ${why}; delete ${places.venv} and run the task again`,
    );
  }
}

async function checkCell(places: Places): Promise<string | undefined> {
  try {
    const kernel = await startKernel(places.kernelspec, { folder: places.venv });
    try {
      const outputs: Output[] = [];
      const displays = { byId: new Map(), clearing: new Set<Output[]>() };
      await kernel.execute("const answer: number = 6 * 7; answer", (message) => {
        applyMessage(outputs, message, displays);
      });
      const [output] = outputs;
      const value = output?.output_type === "execute_result"
        ? joined(output.data["text/plain"] as string)
        : "";
      return value === "42" ? undefined : `a cell that computes 42 gave ${JSON.stringify(outputs)}`;
    } finally {
      await kernel.stop();
    }
  } catch (error) {
    return (error as Error).message;
  }
}

/** Copies a program beside its place, then moves it there: a kernel that runs keeps the old one. */
async function copyProgram(from: string, to: string): Promise<void> {
  const temporary = `${to}.${crypto.randomUUID()}.tmp`;
  await Deno.copyFile(from, temporary);
  await Deno.rename(temporary, to);
}
