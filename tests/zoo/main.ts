import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../kernels/jupyter/setup/paths.ts";
import { UserProblem } from "../../kernels/jupyter/setup/problem.ts";
import { textTable } from "../../lib/text_table.ts";
import { coveragePage } from "./coverage.ts";
import { setUpZoo } from "./environment.ts";
import { startPython } from "./python.ts";
import { type Exporter, EXPORTERS, pruneOne, type ZooResult } from "./zoo.ts";

const FOLDER = join(ROOT, "results", "zoo");

const HELP =
  `Prunes well-known architectures from Python packages to half of their multiply-accumulates, and compares
each with its mask in Python's ONNX Runtime.

  deno task zoo            all of them that results/zoo lacks, and a table
  deno task zoo NAME…      these, again
  deno task zoo --write    all of them that results/zoo lacks, and docs/coverage.md
  deno task zoo --help     this text

Each is exported by both of PyTorch's exporters, with random weights. The first run makes a virtual environment
of some 5 GB in .venv-zoo. Any other argument shows the names. It ends with 1 where a result cannot run or
differs from its mask.`;

const pathOf = (name: string, exporter: Exporter) => join(FOLDER, `${name}.${exporter}.json`);

/** Goes through the zoo, or what of it is named, and ends with a table; what was done before is not done again. */
async function main(args: string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const writes = args.length === 1 && args[0] === "--write";
  const asked = writes ? [] : args;
  await using python = startPython(await setUpZoo());
  const { names = [], error } = await python.ask({ what: "list" });
  if (error !== undefined) throw new UserProblem(`Cannot start the zoo's Python: ${error}; delete .venv-zoo`);
  for (const name of asked) {
    if (!names.includes(name)) {
      throw new UserProblem(`Cannot find "${name}" in the zoo; it has ${names.join(", ")}`);
    }
  }
  await Deno.mkdir(FOLDER, { recursive: true });
  const rows: ZooResult[] = [];
  for (const name of asked.length ? asked : names) {
    for (const exporter of EXPORTERS) {
      const path = pathOf(name, exporter);
      if (asked.length || !existsSync(path)) {
        console.error(`${name}, ${exporter}`);
        const result = await pruneOne(python, name, exporter, FOLDER);
        await Deno.writeTextFile(path, JSON.stringify(result, null, 2) + "\n");
      }
      rows.push(JSON.parse(await Deno.readTextFile(path)) as ZooResult);
    }
  }
  console.log(tableOf(rows));
  if (writes) {
    const listed = await Deno.readTextFile(new URL("requirements.in", import.meta.url));
    const packages = [...listed.matchAll(/^(\S+)==(\S+)/gm)].map(([, name, version]) => `${name} ${version}`);
    const date = new Date().toISOString().slice(0, 10);
    await Deno.writeTextFile(join(ROOT, "docs", "coverage.md"), coveragePage(rows, { date, packages }));
  }
  return rows.every(({ verdict }) => verdict !== "invalid" && verdict !== "different") ? 0 : 1;
}

function tableOf(rows: readonly ZooResult[]): string {
  const cells = rows.map(({ name, exporter, share, difference, verdict, why }) => [
    name,
    exporter,
    share === undefined ? "" : `${(100 * share).toFixed(1)} %`,
    difference?.toExponential(1) ?? "",
    why === undefined ? verdict : `${verdict}: ${why}`,
  ]);
  const head = ["name", "exporter", "of MACs", "difference", "verdict"];
  return textTable([head, ...cells], ["left", "left", "right", "right", "left"]).lines.join("\n");
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  if (!(error instanceof UserProblem)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
