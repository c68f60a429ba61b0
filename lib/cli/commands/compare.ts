import { TypeError } from "../../errors.ts";
import type { Model } from "../../onnx/model.ts";
import { fedInputs } from "../../onnx/topology.ts";
import { latencyCell } from "../../prune/cost_report.ts";
import { measureSideBySide } from "../../prune/latency/latency.ts";
import { fedBatch } from "../../prune/latency/zero_feeds.ts";
import { quoted } from "../../printable.ts";
import { openRuntime } from "../../runtime/engines.ts";
import { runModel } from "../../runtime/run_model.ts";
import type { Runtime, Tensors } from "../../runtime/runtime.ts";
import { largestDifference } from "../../tensor/largest_difference.ts";
import { textProgress } from "../../progress.ts";
import { textTable } from "../../text_table.ts";
import { type CliCommand, meant } from "../command.ts";
import { changeTable, costNotes, costOf, storedNote } from "../costs.ts";
import { ENGINE_OPTION, engineOf } from "../engine.ts";
import { MODEL_OPTIONS, openBoth } from "../open_model.ts";
import { inTypes, randomFeeds } from "../random_feeds.ts";
import { tableRows } from "../table_rows.ts";
import { seedOf, shapesOf, wholeOf } from "../values.ts";
import { leftOutNote } from "./bench.ts";

/** How one output of two models differs. */
interface Difference {
  output: string;
  /** Shapes, where they are not the same. */
  shapes?: readonly (readonly number[])[];
  /** Texts that are not the same. */
  texts?: number;
  /** Largest difference of two numbers at the same place. */
  largest?: number;
  /** That, as a part of the largest number of the first model. */
  relative?: number;
}

/** `compare`: two models side by side. */
export const compare: CliCommand = {
  about:
    "Runs two models on the same random inputs and says how their outputs differ, what both cost and how long " +
    "both take, measured in turns. Inputs and outputs of other names are taken in their order.",
  arguments: { "<a>": "model that is compared with", "<b>": "model that is compared" },
  options: [
    ENGINE_OPTION,
    { flags: "--runs <count>", about: "timed runs of each; 0 times nothing; default 20" },
    { flags: "--batch <count>", about: "examples a timed run; default 1, or what the models fix" },
    { flags: "--shape <input=sizes>", about: "sizes of an input whose sizes are not known", many: true },
    { flags: "--seed <seed>", about: "seed of the inputs; default 0" },
    ...MODEL_OPTIONS,
  ],
  examples: { "compare model.onnx half.onnx": "before and after pruning" },
  async run([first, second], given, terminal) {
    const seed = seedOf(given);
    const runs = wholeOf(given, "runs", { from: 0 }) ?? 20;
    const batch = wholeOf(given, "batch", { from: 1 });
    const engine = engineOf(given);
    const models = await openBoth([first!, second!], given);
    const [shapes, others] = [shapesOf(given, ...models), shapesOf(given, models[1], models[0])];
    const inputShapes = { ...others.inputShapes, ...shapes.inputShapes };
    meant(() => models.forEach(({ graph }) => fedBatch(graph, { batch, inputShapes })));
    const runtime = await openRuntime(engine);
    try {
      const differences = await compareOutputs(models, { runtime, seed, ...shapes });
      const [before, after] = [costOf(models[0], shapes), costOf(models[1], others)];
      const latencies = runs === 0 ? [] : await measureSideBySide(models, {
        runtime,
        runs,
        batch,
        progress: textProgress((line) => terminal.err(line)),
        inputShapes,
      });
      const [a, b] = latencies;
      const text = [
        ...differences.map(inWords),
        ...leftOutNote(models[0]),
        "",
        ...changeTable(before, after),
        ...storedNote(before),
        ...costNotes(after),
        ...a && b
          ? [
            "",
            ...textTable([
              ["", "before", "after", "ratio"],
              [
                `ms, ${a.engine}, batch ${a.batch}`,
                latencyCell(a),
                latencyCell(b),
                (b.median / a.median).toFixed(3),
              ],
            ], ["left", "right", "right", "right"]).lines,
          ]
          : [],
      ].join("\n");
      return { text, data: { differences, before, after, latencies } };
    } finally {
      await runtime.close();
    }
  },
};

async function compareOutputs(
  [a, b]: readonly [Model, Model],
  { runtime, ...how }: { runtime: Runtime; seed: number } & ReturnType<typeof shapesOf>,
): Promise<Difference[]> {
  requireSameIds(a, b);
  const drawn = randomFeeds(a, how);
  const types = ({ graph }: Model) =>
    Object.fromEntries(fedInputs(graph).map((name) => [name, graph.values.get(name)?.type]));
  const given = inTypes(renamed(drawn, fedInputs(b.graph), "inputs"), types(b));
  // Numbers that the other model's types round are those of both.
  const feeds = inTypes(renamed(given, fedInputs(a.graph), "inputs"), types(a));
  const one = await runModel(a, feeds, { runtime });
  const other = await runModel(b, given, { runtime });
  const names = Object.keys(one);
  const there = renamed(other, names, "outputs");
  return names.map((name) => difference(name, one, there));
}

/** Refuses models in which an id means another row: where a vocabulary was pruned, ids are numbered anew. */
function requireSameIds(a: Model, b: Model): void {
  const [rows, others] = [tableRows(a), tableRows(b)];
  const [inputs, partners] = [fedInputs(a.graph), fedInputs(b.graph)];
  for (const [i, input] of inputs.entries()) {
    const [one, other] = [rows.get(input), others.get(partners.includes(input) ? input : partners[i] ?? "")];
    if (one === undefined || other === undefined || one === other) continue;
    const [size, otherSize] = [one, other].map((count) => count.toLocaleString("en"));
    throw new TypeError(
      `Cannot compare outputs: ids of ${quoted(input)} are rows of a table of ${size} in one model and of ` +
        `${otherSize} in the other, as where a vocabulary was pruned, and mean other words there; \`inspect\` says ` +
        "what each costs, `bench` how long it takes",
    );
  }
}

/** Tensors under the names of another model: their own where it has them, in order where it has others. */
function renamed(tensors: Tensors, names: readonly string[], what: string): Tensors {
  if (names.every((name) => Object.hasOwn(tensors, name))) {
    return Object.fromEntries(names.map((name) => [name, tensors[name]!]));
  }
  const all = Object.values(tensors);
  if (all.length === names.length) return Object.fromEntries(names.map((name, i) => [name, all[i]!]));
  throw new TypeError(
    `Cannot compare: one model has the ${what} ${Object.keys(tensors).join(", ")}, the other ${
      names.join(", ")
    }`,
  );
}

function difference(output: string, one: Tensors, other: Tensors): Difference {
  const [a, b] = [one[output]!, other[output]!];
  if (a.dims.join() !== b.dims.join()) return { output, shapes: [a.dims, b.dims] };
  if (a.type === "string" || b.type === "string") {
    return {
      output,
      texts: Array.from(a.data as ArrayLike<unknown>).filter((text, i) => text !== b.data[i]).length,
    };
  }
  const { largest, scale } = largestDifference(a, b);
  return { output, largest, relative: scale > 0 ? largest / scale : largest };
}

function inWords({ output, shapes, texts, largest, relative }: Difference): string {
  if (shapes) return `${output}: shapes differ, [${shapes[0]!.join(", ")}] and [${shapes[1]!.join(", ")}]`;
  if (texts) return `${output}: ${texts} ${texts === 1 ? "text differs" : "texts differ"}`;
  return texts === 0 || largest === 0
    ? `${output}: equal`
    : `${output}: differ by ${largest!.toPrecision(3)} at most, ${
      relative!.toPrecision(3)
    } of the largest number`;
}
