import { join } from "node:path";
import { ROOT } from "../../kernels/jupyter/setup/paths.ts";
import { UserProblem } from "../../kernels/jupyter/setup/problem.ts";
import { textTable } from "../../lib/text_table.ts";
import { coveragePage } from "./coverage.ts";
import { setUpZoo } from "./environment.ts";
import { startPython } from "./python.ts";
import { openRows, zooVersion } from "./rows.ts";
import { askPeer, exported, EXPORTERS, type Peer, PEERS, pruneOne } from "./zoo.ts";

const FOLDER = join(ROOT, "results", "zoo");

const HELP =
  `Prunes well-known architectures from Python packages to half of their multiply-accumulates, and compares
each with its mask in Python's ONNX Runtime; Torch-Pruning and onnxsim are asked for the same.

  deno task zoo            all of them that results/zoo lacks, and a table
  deno task zoo NAME…      these, again
  deno task zoo --write    all of them that results/zoo lacks, and docs/coverage.md
  deno task zoo --page     docs/coverage.md of what results/zoo has
  deno task zoo --help     this text

Each is exported by both of PyTorch's exporters, with random weights. The first run makes a virtual environment
of some 5 GB in .venv-zoo. All takes hours, and can be stopped: what was found lies in results/zoo, and is found
anew only for another version of Espalier or of a package, or where it is named. Any other argument shows the
names. It ends with 1 where a result cannot run or differs from its mask.`;

/** Goes through the zoo, or what of it is named, and ends with a table; what was done before is not done again. */
async function main(args: string[]): Promise<number> {
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const option = args.length === 1 && ["--write", "--page"].includes(args[0]!) ? args[0] : undefined;
  const asked = option ? [] : args;
  await using python = startPython(await setUpZoo());
  const { names = [], families = {}, error } = await python.ask({ what: "list" });
  if (error !== undefined) throw new UserProblem(`Cannot start the zoo's Python: ${error}; delete .venv-zoo`);
  for (const name of asked) {
    if (!names.includes(name)) {
      throw new UserProblem(`Cannot find "${name}" in the zoo; it has ${names.join(", ")}`);
    }
  }
  const rows = await openRows(FOLDER, await zooVersion());
  const again = asked.length > 0;
  const wanted = option === "--page" ? [] : again ? asked : names;
  for (const name of wanted) {
    for (const exporter of EXPORTERS) {
      await rows.keep(name, exporter, again, () => pruneOne(python, name, exporter, FOLDER));
    }
    for (const peer of Object.keys(PEERS) as Peer[]) {
      await rows.keep(name, peer, again, () => askPeer(python, name, peer, FOLDER));
    }
    for (const exporter of EXPORTERS) await Deno.remove(exported(FOLDER, name, exporter)).catch(() => {});
  }
  const shown = await rows.all(asked.length ? asked : names);
  console.log(
    textTable(
      [["name", "exporter", "of MACs", "difference", "verdict"]].concat(
        shown.ours.map(({ name, exporter, share, difference, verdict, why }) => [
          name,
          exporter,
          share === undefined ? "" : `${(100 * share).toFixed(1)} %`,
          difference?.toExponential(1) ?? "",
          why === undefined ? verdict : `${verdict}: ${why}`,
        ]),
      ),
      ["left", "left", "right", "right", "left"],
    ).lines.join("\n"),
  );
  if (option) {
    const listed = await Deno.readTextFile(new URL("requirements.in", import.meta.url));
    const packages = [...listed.matchAll(/^(\S+)==(\S+)/gm)].map(([, name, version]) => `${name} ${version}`);
    const page = coveragePage(shown, { packages, families });
    await Deno.writeTextFile(join(ROOT, "docs", "coverage.md"), page);
  }
  return shown.ours.every(({ verdict }) => verdict !== "invalid" && verdict !== "different") ? 0 : 1;
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  if (!(error instanceof UserProblem)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
