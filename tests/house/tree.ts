/** The tree that the house rules speak of: its files, their imports, its doors. */
import { filesIn, ROOT } from "../files_in.ts";

export { filesIn, ROOT };

/** Folders and files of code. */
export const OUR_CODE = ["mod.ts", "cli.ts", "lib", "kernels", "tasks", "tests"];

/** One import of a file. */
export interface Import {
  from: string;
  specifier: string;
  /** Whether types alone are imported. */
  type: boolean;
}

/** Every import of our code, found by Deno's own parser: static, dynamic and of types. */
export async function allImports(): Promise<Import[]> {
  const code = OUR_CODE.flatMap((path) => [...filesIn(path, ".ts")]);
  const temporary = await Deno.makeTempDir();
  try {
    const entry = `${temporary}/all.ts`;
    await Deno.writeTextFile(entry, code.map((path) => `import "${new URL(path, ROOT)}";\n`).join(""));
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--quiet", "--json", "--no-lock", entry],
      cwd: temporary,
      stderr: "inherit",
    }).output();
    type Dependency = { specifier: string; code?: unknown };
    const graph: { modules: { specifier: string; dependencies?: Dependency[] }[] } = JSON.parse(
      new TextDecoder().decode(stdout),
    );
    const known = new Set(code);
    return graph.modules.flatMap(({ specifier: file, dependencies = [] }) => {
      const from = file.startsWith(ROOT.href) ? decodeURI(file.slice(ROOT.href.length)) : file;
      return known.has(from)
        ? dependencies.map(({ specifier, code }) => ({ from, specifier, type: !code }))
        : [];
    });
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

/** The files behind the exports of deno.json. */
export async function doors(): Promise<string[]> {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  return Object.values(exports as Record<string, string>).map((path) => path.replace("./", ""));
}
