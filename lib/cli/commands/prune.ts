import { saveModel } from "../../io/save_model.ts";
import type { Model } from "../../onnx/model.ts";
import type { CriterionName } from "../../prune/criteria/table.ts";
import { cutsPath, saveWeights } from "../../nn/save_weights.ts";
import type { PrunableKind } from "../../prune/kinds.ts";
import { cutsOf } from "../../prune/cuts.ts";
import { measureLatency } from "../../prune/latency/latency.ts";
import { planPruning, type PruningPlan, type Target } from "../../prune/plan.ts";
import { prune as cut } from "../../prune/prune.ts";
import { textProgress } from "../../progress.ts";
import { type Answer, type CliCommand, type Given, type Terminal, UsageError } from "../command.ts";
import { changeTable, costNotes, costOf } from "../costs.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { DATA_OPTIONS, readData } from "../read_data.ts";
import { requireWritable } from "../require_writable.ts";
import { amountOf, listOf, numberOf, shapesOf, textOf, wholeOf, wordOf } from "../values.ts";

const KINDS = ["macs", "parameters", "bytes", "latency"] as const;

/** `prune`, which is also what happens without a command's name. */
export const prune: CliCommand = {
  about:
    "Removes channels until the target is met, the least important first, and writes a smaller .onnx that " +
    "computes what the original does with those channels masked. Without <out> or --weights, says what would " +
    "go and writes nothing. Name one target: what is to be left, as a part (0.5, 50%) or an amount (1.5G, 4MB, 3ms).",
  arguments: {
    "<in>": "model to prune: .onnx, .gguf, sparse .safetensors, or weights with --network",
    "[out]": "the .onnx to write",
  },
  options: [
    { flags: "--macs <part>", about: "multiply-accumulates to keep: 0.5, 50% or 1.5G" },
    { flags: "--parameters <part>", about: "parameters to keep: 0.5, 50% or 2M" },
    { flags: "--bytes <part>", about: "size of the file to keep: 0.5, 50% or 4MB" },
    {
      flags: "--latency <part>",
      about: "time of a run to keep, as measured on this machine: 0.5, 50% or 3ms",
    },
    {
      flags: "--criterion <name>",
      about:
        "what ranks channels: group-l2 (default), l1, l2, bn-scale, fpgm, lamp, random, or taylor or wanda with --data",
    },
    {
      flags: "--kinds <kinds>",
      about: "what may go: channels (default), blocks, experts, vocabulary",
      many: true,
    },
    {
      flags: "--scope <scope>",
      about: "global compares channels of all groups (default), layer takes as much of each",
    },
    {
      flags: "--round-to <count>",
      about: "what widths are a multiple of; default auto, blocks that engines like",
    },
    { flags: "--ignore <names>", about: "tensors whose groups stay whole", many: true },
    { flags: "--max-pruned <part>", about: "the largest part of a group that may go; default 1" },
    {
      flags: "--weights <file>",
      about: "also writes the weights alone, .pth or .safetensors, and a .json of what was cut, for PyTorch",
    },
    { flags: "--shape <input=sizes>", about: "sizes of an input whose sizes are not known", many: true },
    { flags: "--seed <seed>", about: "seed of the criterion random; default 0" },
    ...DATA_OPTIONS,
    ...MODEL_OPTIONS,
  ],
  examples: {
    "model.onnx half.onnx --macs 0.5": "half of the multiply-accumulates",
    "model.onnx --parameters 30%": "what would go for that, writing nothing",
    "model.onnx small.onnx --bytes 0.5 --criterion l1 --round-to 4":
      "by another rank, to widths of whole fours",
    "model.onnx half.onnx --macs 0.5 --weights half.pth": "and what PyTorch needs to go on with it",
    "model.onnx fast.onnx --latency 70%": "as measured here and now",
  },
  async run([path, out], given, terminal) {
    const weights = textOf(given, "weights");
    if (out !== undefined) await requireWritable(out);
    if (weights !== undefined) await requireWritable(weights, [".safetensors", ".pth", ".pt"]);
    const model = await openModel(path!, given);
    const plan = await planFor(model, given, terminal);
    const smaller = cut(model, plan);
    if (out !== undefined) await saveModel(smaller, out);
    if (weights !== undefined) await saveWeights(smaller, weights, { cuts: cutsOf(model, plan) });
    return answerOf(model, smaller, { plan, out, weights, given });
  },
};

async function planFor(model: Model, given: Given, terminal: Terminal): Promise<PruningPlan> {
  const asked = KINDS.filter((kind) => given[kind] !== undefined);
  if (asked.length !== 1) {
    throw new UsageError(
      `Cannot prune to ${
        asked.length === 0 ? "no target" : `${asked.length} targets at once`
      }: name one of ` +
        `${KINDS.map((kind) => `--${kind}`).join(", ")}, such as --macs 0.5`,
    );
  }
  const kind = asked[0]!;
  const progress = textProgress((line) => terminal.err(line));
  const part = await partOf(model, kind, given);
  const roundTo = textOf(given, "roundTo");
  const settings = {
    criterion: textOf(given, "criterion") as CriterionName | undefined,
    scope: wordOf(given, "scope", ["global", "layer"]) ?? "global",
    ignore: listOf(given, "ignore"),
    ...given["kinds"] !== undefined && { kinds: listOf(given, "kinds") as PrunableKind[] },
    roundTo: roundTo === undefined || roundTo === "auto" ? "auto" : wholeOf(given, "roundTo")!,
    maxPruned: numberOf(given, "maxPruned") ?? 1,
    seed: wholeOf(given, "seed") ?? 0,
    ...shapesOf(given),
  } as const;
  const data = given["data"] === undefined ? undefined : (await readData(model, given)).train;
  const target = { [kind]: part } as unknown as Target;
  return await planPruning(model, {
    ...settings,
    target,
    ...data && { data },
    ...kind === "latency" && { progress },
  });
}

/** The part that is to be left: amounts are parts of what the model takes now. */
async function partOf(model: Model, kind: typeof KINDS[number], given: Given): Promise<number> {
  const { absolute, value } = amountOf(given, kind)!;
  if (!absolute) return value;
  const now = kind === "latency"
    ? (await measureLatency(model, shapesOf(given))).median
    : costOf(model, shapesOf(given))[kind];
  if (now !== undefined && value < now) return value / now;
  throw new RangeError(
    now === undefined
      ? `Cannot keep ${value} of ${kind}: ${costOf(model, shapesOf(given)).uncountable}`
      : `Cannot prune to ${textOf(given, kind)} of ${kind}: the model takes only ${
        now.toPrecision(4)
      } already`,
  );
}

function answerOf(
  model: Model,
  smaller: Model,
  { plan, out, weights, given }: {
    plan: PruningPlan;
    out: string | undefined;
    weights: string | undefined;
    given: Given;
  },
): Answer {
  const [before, after] = [costOf(model, shapesOf(given)), costOf(smaller, shapesOf(given))];
  const cuts = weights === undefined ? undefined : cutsPath(weights);
  const groups = plan.groups.map(({ name, channels, removed }) => ({
    name,
    channels,
    kept: channels - removed.length,
  }));
  const text = [
    plan.toString().split("\n").filter((line) => !line.startsWith("not counted: ")).join("\n"),
    "",
    ...changeTable(before, after),
    ...costNotes(after),
    "",
    ...out === undefined ? [] : [`Wrote ${out}`],
    ...weights === undefined ? [] : [`Wrote ${weights}, and what was cut in ${cuts}`],
    ...out ?? weights ? [] : ["Nothing was written: name a file behind the model to write the result"],
  ].join("\n");
  const { protected: kept, boundaries, reachable, latency } = plan;
  const written = { out, weights, cuts };
  return {
    text,
    data: { before, after, groups, protected: kept, boundaries, reachable, latency, ...written },
  };
}
