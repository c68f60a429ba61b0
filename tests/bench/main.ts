/**
 * Measures how fast Espalier is on this machine: `deno task bench [part…] [--rounds 5] [--torch <python>] [--write]`.
 *
 * Prints a table for each part; `--write` also puts them into docs/benchmarks.md, in place of those of the same
 * parts. What is compared runs in turns, because other programs on the machine disturb all alike.
 */
import { parseArgs } from "node:util";
import { forward } from "./forward.ts";
import { metaGraphs } from "./meta_graph.ts";
import { onnxMemory } from "./onnx_memory.ts";
import { planning } from "./planning.ts";
import { prunedLatency } from "./pruned_latency.ts";
import { type Bench, machine, toMarkdown } from "./section.ts";
import { trainingSteps } from "./training_step.ts";
import { writeSection } from "./write_section.ts";

const PARTS: Record<string, Bench> = {
  training: trainingSteps,
  forward,
  latency: prunedLatency,
  planning,
  memory: onnxMemory,
  graphs: metaGraphs,
};

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    torch: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const unknown = positionals.find((part) => !(part in PARTS));
if (unknown !== undefined) {
  console.error(`Cannot measure "${unknown}": expected some of ${Object.keys(PARTS).join(", ")}`);
  Deno.exit(2);
}
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`Cannot measure ${values.rounds} rounds: expected a whole number from 1 on`);
  Deno.exit(2);
}
for (const part of positionals.length ? positionals : Object.keys(PARTS)) {
  const where = await machine();
  const text = toMarkdown(await PARTS[part]!({ rounds, torch: values.torch }), where);
  console.log(`${text}\n`);
  if (values.write) await writeSection(part, text);
}
Deno.exit(0);
