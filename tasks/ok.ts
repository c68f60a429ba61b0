import { existsSync } from "node:fs";
import { join } from "node:path";
import { guarded } from "../lib/guard.ts";
import { fetchPackages, LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";
import { UserProblem } from "../kernels/jupyter/setup/problem.ts";
import { duration } from "../lib/progress.ts";

/** How the task is used. */
export const HELP: string = `deno task ok [part…]

The whole gate: format, lint, types, known vulnerabilities, the notebooks' cells, the examples in documentation,
all tests, and a dry run of publishing. Without a part, all of them.

  parts  format, lint, types, audit, cells, docs, tests, publish`;

const CODE = ["mod.ts", "cli.ts", "lib", "kernels", "tasks", "tests", "docs/examples"];
const DOCUMENTED = ["mod.ts", "cli.ts", "lib", "kernels", "README.md", "docs"];

/** The parts of the gate, in the order in which they fail fastest: name, and the arguments for Deno. */
const PARTS: Record<string, string[]> = {
  format: ["fmt", "--check"],
  lint: ["lint"],
  types: ["check", ...LOCKED, ...present(CODE)],
  audit: ["run", "--allow-all", "--no-lock", "tasks/main.ts", "audit"],
  cells: ["run", "--allow-all", "--no-lock", "tasks/main.ts", "cells"],
  docs: ["test", "--doc", ...LOCKED, "--allow-all", "--permit-no-files", ...present(DOCUMENTED)],
  tests: ["run", "--allow-all", "--no-lock", "tasks/main.ts", "test"],
  publish: ["publish", ...LOCKED, "--dry-run", "--allow-dirty"],
};

/** Runs the whole gate, or only the parts named, and says at the end what held and what did not. */
export async function task(args: string[]): Promise<number> {
  for (const name of args) {
    if (!Object.hasOwn(PARTS, name)) {
      throw new UserProblem(`Cannot check "${name}": the parts are ${Object.keys(PARTS).join(", ")}`);
    }
  }
  await fetchPackages();
  const verdicts: string[] = [];
  let failed = 0;
  for (const [name, command] of Object.entries(PARTS)) {
    if (args.length && !args.includes(name)) continue;
    console.error(`\n── ${name}: deno ${command.join(" ")}`);
    const start = performance.now();
    const child = new Deno.Command(Deno.execPath(), { args: command, cwd: ROOT }).spawn();
    const { success } = await guarded(child, child.status);
    if (!success) failed++;
    const seconds = duration((performance.now() - start) / 1000);
    verdicts.push(`${success ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds}`);
  }
  console.error(`\n${verdicts.join("\n")}`);
  return failed ? 1 : 0;
}

function present(paths: string[]): string[] {
  return paths.filter((path) => existsSync(join(ROOT, path)));
}
