import { fileURLToPath } from "node:url";
import { readText } from "../../lib/files/read_file.ts";
import { dictionary, fields, list, parseShape, text } from "../../lib/files/schema.ts";

/** Name of the kernel in notebooks' metadata, and of the folder that it is installed in. */
export const KERNEL_NAME = "espalier-deno";

/** Contents of a kernelspec's `kernel.json`. */
export interface Kernelspec {
  /** The command that starts the kernel, with `{connection_file}` for the connection file's path. */
  argv: string[];
  /** Name of the kernel for readers. */
  display_name: string;
  /** Language of its cells. */
  language: string;
  /** How a program stops a cell: by a message on the control channel, or by a signal. Default: `signal`. */
  interrupt_mode?: "message" | "signal";
  /** More environment variables for the kernel. */
  env?: Record<string, string>;
  /** Notes for other programs. */
  metadata?: Record<string, unknown>;
}

/** The kernelspec that starts this kernel, from a folder or a URL, on this Deno or another. */
export function kernelspecOf(
  main: URL = new URL("./kernel/main.ts", import.meta.url),
  deno: string = Deno.execPath(),
): Kernelspec {
  const program = main.protocol === "file:" ? fileURLToPath(main) : main.href;
  const options = ["--allow-all", "--no-lock", "--no-config", "--node-modules-dir=none"];
  return {
    argv: [deno, "run", ...options, program, "{connection_file}"],
    display_name: "Deno (Espalier)",
    language: "typescript",
    interrupt_mode: "message",
    env: { NO_COLOR: "1" }, // outputs that are stored should not carry terminal colours
    metadata: { debugger: false },
  };
}

const KERNELSPEC = fields({ argv: list(text), display_name: text }, {
  language: text,
  env: dictionary(text),
});

/**
 * The kernelspec in a file.
 *
 * @throws SyntaxError naming the field that is not as it should be
 */
export async function readKernelspec(path: string): Promise<Kernelspec> {
  return parseShape<Kernelspec>(await readText(path), KERNELSPEC, `read the kernelspec ${path}`);
}
