import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { KERNEL_NAME } from "../kernelspec.ts";

const windows = Deno.build.os === "windows";

/** The folder of this repository. Set-up and tasks run from a clone, never from a URL. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Where set-up puts things, below the virtual environment. */
export interface Places {
  /** Folder of the virtual environment. */
  venv: string;
  /** A program of the environment. */
  program(name: string): string;
  /** The copy of Deno that the kernel runs on. */
  deno: string;
  /** Path of the kernel's `kernel.json`. */
  kernelspec: string;
  /** Says which set-up was completed. */
  stamp: string;
  /** Held while a set-up is at work. */
  lock: string;
  /** Output of pip, for when it failed. */
  log: string;
}

/** The places of a virtual environment; by default the repository's own `.venv`. */
export function placesOf(venv: string = join(ROOT, ".venv")): Places {
  const program = (name: string) => join(venv, windows ? `Scripts/${name}.exe` : `bin/${name}`);
  return {
    venv,
    program,
    deno: program("espalier-deno"),
    kernelspec: join(venv, "share/jupyter/kernels", KERNEL_NAME, "kernel.json"),
    stamp: join(venv, "espalier-setup.json"),
    lock: `${venv}.lock`,
    log: `${venv}.log`,
  };
}
