/**
 * Measures how fast Espalier is on this machine:
 * `deno task bench [part…] [--rounds 5] [--torch <python>] [--networks a,b] [--write]`.
 *
 * Prints a table for each part; `--write` also puts them into docs/benchmarks.md, in place of those of the same
 * parts, and the short one of saved files into the README; on a loaded machine it refuses to. What is compared runs in
 * turns, because other programs on the machine disturb all alike. Python comes from .venv-zoo, which is made where it
 * is not there.
 */
import { parseArgs } from "node:util";
import { setUpZoo } from "../zoo/environment.ts";
import { ctrSteps } from "./ctr.ts";
import { clickLogs } from "./ctr_readers.ts";
import { expectedLatency } from "./expected_latency.ts";
import { forward } from "./forward.ts";
import { languageModels } from "./lm.ts";
import { exportedModels } from "./lm_exports.ts";
import { metaGraphs } from "./meta_graph.ts";
import { onnxMemory } from "./onnx_memory.ts";
import { planning } from "./planning.ts";
import { prunedLatency } from "./pruned_latency.ts";
import { whyNotQuiet } from "./quiet.ts";
import { savedModels } from "./saved_models.ts";
import { type Bench, machine, type Section, tableOf, toMarkdown } from "./section.ts";
import { trainingSteps } from "./training_step.ts";
import { start } from "./start.ts";
import { transformer } from "./transformer.ts";
import { writeSection } from "./write_section.ts";

const PARTS: Record<string, Bench> = {
  saved: savedModels,
  expected: expectedLatency,
  training: trainingSteps,
  transformer,
  forward,
  latency: prunedLatency,
  planning,
  memory: onnxMemory,
  graphs: metaGraphs,
  ctr: ctrSteps,
  logs: clickLogs,
  start,
  lm: languageModels,
  exports: exportedModels,
};

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    torch: { type: "string" },
    networks: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const fail = (why: string) => {
  console.error(why);
  Deno.exit(2);
};
const rounds = Number(values.rounds);
const unknown = positionals.find((part) => !(part in PARTS));
if (unknown !== undefined) {
  fail(`Cannot measure "${unknown}": expected some of ${Object.keys(PARTS).join(", ")}`);
}
if (!Number.isInteger(rounds) || rounds < 1) {
  fail(`Cannot measure ${values.rounds} rounds: expected a whole number from 1 on`);
}
const parts = positionals.length ? positionals : Object.keys(PARTS);
const torch = values.torch ??
  (parts.some((part) => ["training", "transformer", "ctr", "start"].includes(part))
    ? (await setUpZoo()).program("python")
    : undefined);
// What runs before the first table: the tables themselves are a load for those after them.
const [load] = Deno.loadavg();
const busy = values.write ? whyNotQuiet(load) : undefined;
if (busy !== undefined) fail(busy);
const where = await machine(load);
for (const part of parts) {
  const write = async (section: Section) => {
    if (values.write) await writeSection(part, toMarkdown(section, where));
  };
  const keep = async (section: Section) => {
    console.error(section.rows.at(-1)?.join(" | "));
    await write(section);
  };
  const section = await PARTS[part]!({ rounds, torch, networks: values.networks?.split(","), keep });
  console.log(`${toMarkdown(section, where)}\n`);
  await write(section);
  if (values.write && section.brief) await writeSection(part, tableOf(section.brief), "README.md");
}
Deno.exit(0);
