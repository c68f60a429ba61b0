/**
 * Puts Espalier's kernel where Jupyter finds it, and tries it: runs a cell, stops one, and goes on.
 *
 *     deno run -A kernels/jupyter/install.ts                     for this user
 *     deno run -A kernels/jupyter/install.ts --prefix .venv      into an environment of Python
 *     deno run -A kernels/jupyter/install.ts --uninstall         with the --prefix and --name as before
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { replaceFile } from "../../lib/files/replace_files.ts";
import { startClient } from "./protocol/client.ts";
import type { Json, Message } from "./protocol/wire.ts";
import type { Kernelspec } from "./runner/kernel.ts";
import { requireDeno } from "./setup/deno_version.ts";
import { UserProblem } from "./setup/problem.ts";

/** The versions of Deno that the kernel was tried with. */
const TRIED: readonly string[] = ["2.9.6"];

/** What the kernel is called where nobody gives a name. */
const DEFAULT_NAME = "espalier";

const HELP = `Install the notebook kernel of Espalier: TypeScript on Deno, with a stop button that stops.

  --prefix FOLDER  into an environment of Python (default: for this user)
  --name NAME      the kernel's name (default: espalier)
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

/** The kernelspec that starts this kernel on this Deno. */
export function kernelspecOf(main: URL = new URL("./kernel/main.ts", import.meta.url)): Kernelspec & Json {
  const program = main.protocol === "file:" ? fileURLToPath(main) : main.href;
  const options = ["--allow-all", "--no-lock", "--no-config", "--node-modules-dir=none"];
  return {
    argv: [Deno.execPath(), "run", ...options, program, "{connection_file}"],
    display_name: "TypeScript (Espalier)",
    language: "typescript",
    interrupt_mode: "message",
    env: { NO_COLOR: "1" }, // outputs that are stored should not carry terminal colours
    metadata: { debugger: false },
  };
}

/**
 * Tries a kernel: a cell gives its value, an endless one stops when asked to, and what was declared is kept.
 *
 * @throws UserProblem that says which of it failed
 */
async function tryKernel({ argv, env = {} }: Kernelspec): Promise<void> {
  const waiting = new Map<string, (message: Message) => void>();
  const fail = (what: string) =>
    new UserProblem(`Cannot use the kernel: ${what}; run \`deno upgrade\` and install again`);
  const client = await startClient({ argv, folder: await Deno.realPath("."), env }, (message) => {
    if (message.parent !== undefined) waiting.get(message.parent)?.(message);
  }).catch((error) => {
    throw fail((error as Error).message);
  });
  const run = (code: string, began = () => {}) => {
    const seen = Promise.withResolvers<{ value: unknown; ename: unknown }>();
    let [value, ename, replied, idle]: [unknown, unknown, boolean, boolean] = [
      undefined,
      undefined,
      false,
      false,
    ];
    const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    waiting.set(client.send("shell", "execute_request", content), ({ type, content }) => {
      if (type === "execute_result") value = (content.data as Json)["text/plain"];
      if (type === "stream") began();
      if (type === "execute_reply") [ename, replied] = [content.ename, true];
      if (type === "status" && content.execution_state === "idle") idle = true;
      // By two connections: either may be the last.
      if (replied && idle) seen.resolve({ value, ename });
    });
    return Promise.race([
      seen.promise,
      client.ended.then((why): never => {
        throw fail(why);
      }),
    ]);
  };
  try {
    const { value } = await run("let answer: number = 6 * 7; answer");
    if (value !== "42") throw fail(`6 * 7 gave ${value}`);
    const stop = () => void client.send("control", "interrupt_request", {});
    const { ename } = await run("console.log('begun'); await new Promise(() => {})", stop);
    if (ename !== "Interrupted") throw fail(`a cell that was stopped ended with ${ename}`);
    if ((await run("answer + 1")).value !== "43") throw fail("its variables are lost after a stop");
  } finally {
    await client.stop();
  }
}

/** The options that remove what was installed with these. */
function undoing({ prefix, name }: { prefix?: string | undefined; name: string }): string {
  const quoted = (text: string) => /^[\w./\\:-]+$/.test(text) ? text : JSON.stringify(text);
  const options = ["--uninstall"];
  if (prefix !== undefined) options.push("--prefix", quoted(prefix));
  if (name !== DEFAULT_NAME) options.push("--name", name);
  return options.join(" ");
}

async function install(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      prefix: { type: "string" },
      name: { type: "string", default: DEFAULT_NAME },
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
  await tryKernel(spec);
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
