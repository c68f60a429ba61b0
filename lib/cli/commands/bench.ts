import type { Model } from "../../onnx/model.ts";
import { outputsWithoutTensors } from "../../onnx/topology.ts";
import { latencyCell } from "../../prune/cost_report.ts";
import { type Latency, measureLatency } from "../../prune/latency/latency.ts";
import { fedBatch } from "../../prune/latency/zero_feeds.ts";
import { openRuntime } from "../../runtime/engines.ts";
import { textProgress } from "../../progress.ts";
import { textTable } from "../../text_table.ts";
import { type CliCommand, meant } from "../command.ts";
import { ENGINES } from "../engine.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { countsOf, shapesOf, wholeOf, wordsOf } from "../values.ts";

/** `bench`: how long a model takes here. */
export const bench: CliCommand = {
  about:
    "Measures how long a run takes on this machine, fed with zeros, on each engine and batch that is asked for.",
  arguments: { "<in>": "model: .onnx, or another that `inspect` takes" },
  options: [
    {
      flags: "--engine <names>",
      about: `engines: ${ENGINES.join(", ")}; default the best there is`,
      many: true,
    },
    { flags: "--batch <counts>", about: "examples a run; default 1, or what the model fixes", many: true },
    { flags: "--runs <count>", about: "timed runs, after three that are not; default 20" },
    { flags: "--shape <input=sizes>", about: "sizes of an input whose sizes are not known", many: true },
    ...MODEL_OPTIONS,
  ],
  examples: { "bench model.onnx --engine native,wasm --batch 1,8": "two engines, each with two batches" },
  async run([path], given, terminal) {
    const batches = countsOf(given, "batch");
    const runs = wholeOf(given, "runs", { from: 1 }) ?? 20;
    const names = wordsOf(given, "engine", ENGINES);
    const model = await openModel(path!, given);
    const shapes = shapesOf(given, model);
    const rows: Latency[] = [];
    meant(() => batches.forEach((batch) => fedBatch(model.graph, { batch, ...shapes })));
    for (const engine of names.length > 0 ? names : [undefined]) {
      const runtime = await openRuntime(engine ? { engine } : {});
      try {
        for (const batch of batches.length > 0 ? batches : [undefined]) {
          rows.push(
            await measureLatency(model, {
              runtime,
              batch,
              runs,
              progress: textProgress((line) => terminal.err(line)),
              ...shapes,
            }),
          );
        }
      } finally {
        await runtime.close();
      }
    }
    const text = [
      ...textTable(
        [
          ["engine", "device", "batch", "runs", "ms"],
          ...rows.map((row) => [row.engine, row.device, `${row.batch}`, `${row.runs}`, latencyCell(row)]),
        ],
        ["left", "left", "right", "right", "right"],
      ).lines,
      "Milliseconds of a run: median (first to third quartile)",
      ...leftOutNote(model),
    ].join("\n");
    return { text, data: rows };
  },
};

/** A line about a model's outputs that runs leave out, where there are any. */
export function leftOutNote({ graph }: Model): string[] {
  const names = outputsWithoutTensors(graph);
  return names.length === 0 ? [] : [`Left out, no tensors: ${names.join(", ")}`];
}
