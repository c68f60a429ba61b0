import { RangeError } from "../../errors.ts";
import { saveModel } from "../../io/save_model.ts";
import type { Model } from "../../onnx/model.ts";
import { CRITERION_NAMES, type CriterionName } from "../../prune/criteria/table.ts";
import { cutsPath, requireOwnWeights, saveWeights } from "../../nn/save_weights.ts";
import { ONLY_CHANNELS, PRUNABLE_KINDS, type PrunableKind } from "../../prune/kinds.ts";
import { cutsOf } from "../../prune/cuts.ts";
import { measureLatency } from "../../prune/latency/latency.ts";
import { OutOfReachError } from "../../prune/plan/out_of_reach.ts";
import { planPruning } from "../../prune/plan.ts";
import type { PruningPlan, Target } from "../../prune/pruning_plan.ts";
import { prune as cut } from "../../prune/prune.ts";
import { textProgress } from "../../progress.ts";
import { asTyped } from "../as_typed.ts";
import { type Answer, type CliCommand, type Given, UsageError } from "../command.ts";
import { changeTable, costNotes, costOf, storedNote } from "../costs.ts";
import { lossOf, lossOption } from "../loss_option.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { dataOptions, namesData, readData } from "../read_data.ts";
import { amountOf, amountText, type Cost, COSTS } from "../amounts.ts";
import { listOf, seedOf, shapesOf, shareOf, textOf, wholeOf, wordOf, wordsOf } from "../values.ts";
import { requireOutput } from "../require_output.ts";

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
      about: "time of a run to keep, as measured on this machine, in one to three minutes: 0.5, 50% or 3ms",
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
      about:
        "also writes the weights alone, .pth, .pt or .safetensors, and a .json of what was cut, for PyTorch",
    },
    { flags: "--shape <input=sizes>", about: "sizes of an input whose sizes are not known", many: true },
    { flags: "--seed <seed>", about: "seed of the criterion random; default 0" },
    ...dataOptions({ judges: false }),
    lossOption("with taylor, whose change ranks channels"),
    ...MODEL_OPTIONS,
  ],
  examples: {
    "model.onnx half.onnx --macs 0.5": "half of the multiply-accumulates",
    "model.onnx --parameters 30%": "what would go for that, writing nothing",
    "model.onnx small.onnx --bytes 0.5 --criterion l1 --round-to 4":
      "by another rank, to widths of whole fours",
    "model.onnx half.onnx --macs 0.5 --weights half.pth": "and what PyTorch needs to go on with it",
    "model.onnx fast.onnx --latency 70%": "as measured here and now",
    "unet.onnx half.onnx --macs 0.5 --criterion taylor --data masks.npz --loss binary-cross-entropy":
      "ranked by gradients of a loss for each pixel",
  },
  async run([path, out], given, terminal) {
    const [cost, settings] = [costToMeet(given), settingsOf(given)];
    const withData = namesData(given);
    const weights = textOf(given, "weights");
    if (out !== undefined) await requireOutput(out, path!);
    if (weights !== undefined) {
      await requireOutput(weights, path!, [".safetensors", ".pth", ".pt"], [cutsPath(weights)]);
    }
    const model = await openModel(path!, given);
    if (weights !== undefined) requireOwnWeights(model);
    const shapes = shapesOf(given, model);
    const progress = textProgress((line) => terminal.err(line));
    const aim = await aimOf(model, { cost, given, shapes });
    const data = withData ? (await readData(model, given)).train : undefined;
    const plan = await inUnits(aim, { given, cost }, () =>
      planPruning(model, {
        ...settings,
        ...shapes,
        target: { [cost]: aim.part } as unknown as Target,
        data,
        progress: cost === "latency" ? progress : undefined,
      }));
    const smaller = cut(model, plan);
    if (out !== undefined) await saveModel(smaller, out);
    if (weights !== undefined) await saveWeights(smaller, weights, { cuts: cutsOf(model, plan) });
    return answerOf(model, smaller, { plan, out, weights, shapes });
  },
};

/** The one cost that is to be met. */
function costToMeet(given: Given): Cost {
  const [cost, ...more] = COSTS.filter((cost) => amountOf(given, cost) !== undefined);
  if (cost !== undefined && more.length === 0) return cost;
  throw new UsageError(
    `Cannot prune to ${
      cost === undefined ? "no target" : `${1 + more.length} targets at once`
    }: name one of ` +
      `${COSTS.map((cost) => `--${cost}`).join(", ")}, such as --macs 0.5`,
  );
}

/** Criteria that look at an option; no other does. */
const USED_BY = { data: ["taylor", "wanda"], loss: ["taylor"], seed: ["random"] } as const satisfies Record<
  string,
  readonly CriterionName[]
>;

function settingsOf(given: Given) {
  const criterion = wordOf(given, "criterion", CRITERION_NAMES);
  const [loss, seed] = [lossOf(given), seedOf(given)];
  for (const [option, criteria] of Object.entries(USED_BY)) {
    if (given[option] === undefined || criteria.some((name) => name === criterion)) continue;
    const names = criteria.join(" or ");
    throw new UsageError(
      `Cannot use --${option} here: only --criterion ${names} looks at it; name that, or leave --${option} out`,
    );
  }
  if (USED_BY.data.some((name) => name === criterion) && !namesData(given)) {
    throw new UsageError(`Cannot rank channels by "${criterion}" from weights alone: name data by --data`);
  }
  const auto = [undefined, "auto"].includes(textOf(given, "roundTo"));
  return {
    criterion,
    scope: wordOf(given, "scope", ["global", "layer"]) ?? "global",
    ignore: listOf(given, "ignore"),
    kinds: kindsOf(given),
    roundTo: auto ? "auto" as const : wholeOf(given, "roundTo", { from: 1 })!,
    maxPruned: shareOf(given, "maxPruned", { above: 0, to: 1 }) ?? 1,
    loss,
    seed,
  };
}

/** What may go. */
function kindsOf(given: Given): readonly PrunableKind[] {
  const asked = wordsOf(given, "kinds", PRUNABLE_KINDS);
  return asked.length === 0 ? ONLY_CHANNELS : asked;
}

/** What is to be left: a part, and what amounts are parts of. */
interface Aim {
  part: number;
  /** What all of it costs now, where an amount was typed. */
  whole?: number;
}

/** What is to be left: amounts are parts of what the model takes now. */
async function aimOf(
  model: Model,
  { cost, given, shapes }: { cost: Cost; given: Given; shapes: ReturnType<typeof shapesOf> },
): Promise<Aim> {
  const { absolute, value } = amountOf(given, cost)!;
  if (!absolute) return { part: value };
  const costs = cost === "latency" ? undefined : costOf(model, shapes);
  const whole = cost === "latency" ? (await measureLatency(model, shapes)).median : costs![cost];
  // A file that computes its weights is small, and grows when they are stored.
  const now = cost === "bytes" ? costs!.file : whole;
  if (whole !== undefined && now !== undefined && value < now) return { part: value / whole, whole };
  const typed = textOf(given, cost)!;
  throw new RangeError(
    now === undefined
      ? `Cannot keep ${typed} of ${cost}: ${costs!.uncountable}`
      : `Cannot prune to ${typed} of ${cost}: the model takes only ${
        amountText(now, typed, cost)
      } already; ask for less`,
  );
}

/** The plan; where it cannot be had, that is said in the unit of what was typed. */
async function inUnits(
  { whole }: Aim,
  { given, cost }: { given: Given; cost: Cost },
  plan: () => Promise<PruningPlan> | PruningPlan,
): Promise<PruningPlan> {
  try {
    return await plan();
  } catch (error) {
    if (!(error instanceof OutOfReachError) || whole === undefined) throw error;
    const typed = textOf(given, cost)!;
    const least = amountText(error.least * whole, typed, cost);
    throw new RangeError(error.sentence(typed, least), { cause: error });
  }
}

function answerOf(
  model: Model,
  smaller: Model,
  { plan, out, weights, shapes }: {
    plan: PruningPlan;
    out: string | undefined;
    weights: string | undefined;
    shapes: ReturnType<typeof shapesOf>;
  },
): Answer {
  const [before, after] = [costOf(model, shapes), costOf(smaller, shapes)];
  const cuts = weights === undefined ? undefined : cutsPath(weights);
  const groups = plan.groups.map(({ name, layer, channels, removed }) => ({
    name,
    layer,
    channels,
    kept: channels - removed.length,
  }));
  const text = [
    asTyped(plan.toString().split("\n").filter((line) => !line.startsWith("not counted: ")).join("\n")),
    "",
    ...changeTable(before, after),
    ...storedNote(before),
    ...costNotes(after),
    "",
    ...out === undefined ? [] : [`Wrote ${out}`],
    ...weights === undefined ? [] : [`Wrote ${weights}, and what was cut in ${cuts}`],
    ...out ?? weights ? [] : ["Nothing was written: name a file behind the model to write the result"],
  ].join("\n");
  const { boundaries, reachable, latency } = plan;
  const kept = plan.protected.map(({ why, ...group }) => ({ ...group, why: why.map(asTyped) }));
  const written = { out, weights, cuts };
  return {
    text,
    data: { before, after, groups, protected: kept, boundaries, reachable, latency, ...written },
  };
}
