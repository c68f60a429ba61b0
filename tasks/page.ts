import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";
import { UserProblem } from "../kernels/jupyter/setup/problem.ts";
import { WASM_FILES } from "../lib/bundle/deps.ts";
import { servePage } from "./page/serve_page.ts";

/** How the task is used. */
export const HELP: string = `deno task page [--serve[=PORT]]

Builds the page that prunes a model in a browser into web/: files for any web server, with nothing to install
beside them. What is dropped there stays on the machine that opens the page.

  --serve[=PORT]  then serves it on this machine, at http://127.0.0.1:8000 or another port, so that the
                  page may use threads`;

/** Where the page's sources are. */
const SOURCES = new URL("../lib/page/", import.meta.url);

/** Builds the page, and serves it where asked to. */
export async function task(args: string[]): Promise<number> {
  const unknown = args.find((arg) => !/^--serve(=\d+)?$/.test(arg));
  if (unknown !== undefined) {
    throw new UserProblem(`Cannot read ${unknown}: the task is \`page [--serve[=PORT]]\``);
  }
  const folder = join(ROOT, "web");
  await buildPage(folder);
  const serve = args.find((arg) => arg.startsWith("--serve"));
  if (serve === undefined) {
    console.log(`${folder}\nServe it with any web server, or with deno task page --serve`);
    return 0;
  }
  const server = servePage(folder, Number(serve.split("=")[1] ?? 8000));
  console.log(`http://127.0.0.1:${server.addr.port}/ until Ctrl+C`);
  await server.finished;
  return 0;
}

/** Writes the page with all that it needs into a folder. */
export async function buildPage(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
  await Deno.mkdir(folder, { recursive: true });
  for (const name of ["index.html", "style.css"]) {
    await Deno.copyFile(new URL(name, SOURCES), `${folder}/${name}`);
  }
  for (const specifier of WASM_FILES) {
    const file = await fetched(specifier);
    await Deno.copyFile(file, `${folder}/${file.pathname.split("/").at(-1)}`);
  }
  for (const name of ["page", "worker"]) await bundle(new URL(`${name}.ts`, SOURCES), `${folder}/${name}.js`);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** A file of an npm package, which Deno fetches where it is not there. */
async function fetched(specifier: string): Promise<URL> {
  const [, name] = specifier.match(/^(npm:@?[^@]+@[^/]+)/) ?? [];
  await deno(["cache", "--quiet", "--no-lock", name!], `Cannot fetch ${name}`);
  return new URL(import.meta.resolve(specifier));
}

async function bundle(module: URL, output: string): Promise<void> {
  await deno(
    [
      "bundle",
      "--quiet",
      "--no-lock",
      "--minify",
      "--platform=browser",
      `--output=${output}`,
      fileURLToPath(module),
    ],
    `Cannot bundle ${fileURLToPath(module)}`,
  );
}

async function deno(args: string[], failed: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  if (!success) throw new UserProblem(`${failed}: ${new TextDecoder().decode(stderr).trim()}`);
}
