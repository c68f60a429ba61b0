/**
 * Puts Espalier's kernel where Jupyter finds it, and tries it: runs a cell, stops one, and goes on.
 *
 *     deno run -A kernels/jupyter/install.ts                     for this user
 *     deno run -A kernels/jupyter/install.ts --prefix .venv      into an environment of Python
 *     deno run -A kernels/jupyter/install.ts --uninstall         with the --prefix and --name as before
 *
 * @module
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { replaceFile } from "../../lib/files/replace_files.ts";
import { KERNEL_NAME, kernelspecOf } from "./kernelspec.ts";
import { requireDeno } from "./setup/deno_version.ts";
import { UserProblem } from "./setup/problem.ts";
import { tryKernel } from "./try_kernel.ts";

/** The versions of Deno that the kernel was tried with. */
export const TRIED: readonly string[] = ["2.9.6"];

const HELP = `Install the notebook kernel of Espalier: TypeScript on Deno, with a stop button that stops.

  --prefix FOLDER  into an environment of Python (default: for this user)
  --name NAME      the kernel's name (default: ${KERNEL_NAME})
  --uninstall      remove it again, with the --prefix and --name that it was installed with`;

/** Where Jupyter looks for kernels: an environment's, or the user's folder on this system. */
export function kernelsFolder(
  prefix: string | undefined,
  env: Record<string, string | undefined> = Deno.env.toObject(),
  os: typeof Deno.build.os = Deno.build.os,
): string {
  if (prefix !== undefined) return join(resolve(prefix), "share/jupyter/kernels");
  if (env.JUPYTER_DATA_DIR) return join(env.JUPYTER_DATA_DIR, "kernels");
  const home = env.HOME ?? env.USERPROFILE;
  if (os === "windows" && env.APPDATA) return join(env.APPDATA, "jupyter/kernels");
  if (!home) {
    throw new UserProblem("Cannot find your folder for Jupyter's kernels: set HOME, or give --prefix");
  }
  return join(home, os === "darwin" ? "Library/Jupyter" : ".local/share/jupyter", "kernels");
}

/** The options that remove what was installed with these. */
function undoing({ prefix, name }: { prefix?: string | undefined; name: string }): string {
  const quoted = (text: string) => /^[\w./\\:-]+$/.test(text) ? text : JSON.stringify(text);
  const options = ["--uninstall"];
  if (prefix !== undefined) options.push("--prefix", quoted(prefix));
  if (name !== KERNEL_NAME) options.push("--name", name);
  return options.join(" ");
}

async function install(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      prefix: { type: "string" },
      name: { type: "string", default: KERNEL_NAME },
      uninstall: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  if (!/^[\w.-]+$/.test(values.name)) {
    throw new UserProblem(`Cannot name a kernel "${values.name}": use letters, digits, "-", "_" and "."`);
  }
  const folder = join(kernelsFolder(values.prefix), values.name);
  if (values.uninstall) {
    try {
      await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new UserProblem(
        `Cannot uninstall the kernel: there is none in ${folder}; give its --prefix or --name`,
      );
    }
    return console.log(`Removed the kernel from ${folder}`);
  }
  const { prefix } = values;
  if (prefix !== undefined && !(await Deno.stat(prefix).catch(() => undefined))?.isDirectory) {
    throw new UserProblem(
      `Cannot install the kernel into ${
        resolve(prefix)
      }: there is no such folder; make the environment first, ` +
        "or leave --prefix out to install for this user",
    );
  }
  requireDeno();
  const { deno } = Deno.version;
  if (!TRIED.includes(deno)) {
    console.log(`This is Deno ${deno}; the kernel was tried with ${TRIED.join(", ")}`);
  }
  const spec = kernelspecOf();
  console.log("Trying the kernel: a cell, a stop, a cell");
  const why = await tryKernel(spec, await Deno.realPath("."));
  if (why !== undefined) {
    throw new UserProblem(`Cannot use the kernel: ${why}; run \`deno upgrade\` and install again`);
  }
  await Deno.mkdir(folder, { recursive: true });
  await replaceFile(join(folder, "kernel.json"), JSON.stringify(spec, null, 2) + "\n");
  console.log(`Installed “${spec.display_name}” in ${folder}; remove it with ${undoing(values)}`);
}

if (import.meta.main) {
  try {
    await install(Deno.args);
    Deno.exit(0);
  } catch (error) {
    const isTheirs = error instanceof UserProblem ||
      (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
    console.error(isTheirs ? (error as Error).message : error);
    Deno.exit(1);
  }
}
