import { TypeError } from "../../errors.ts";
import { saveModel } from "../../io/save_model.ts";
import { magnitudeMasks, maskWeights, sparsityOf } from "../../sparse/masks.ts";
import { nmMasks } from "../../sparse/nm_masks.ts";
import { isPrunable } from "../../sparse/is_prunable.ts";
import { saveSparse } from "../../sparse/pack/save_sparse.ts";
import { otherWeightsOf, weightsOf } from "../../nn/weights.ts";
import { textTable } from "../../text_table.ts";
import { type CliCommand, type Given, UsageError } from "../command.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { requireOutput } from "../require_output.ts";
import { shareOf, textOf, wordOf } from "../values.ts";
import type { Model } from "../../onnx/model.ts";
import type { Masks } from "../../train/weight_mask.ts";

/** `sparsify`: single weights become zero. */
export const sparsify: CliCommand = {
  about:
    "Makes the smallest weights zero, in every layer or N of every M neighbours. Shapes stay: an .onnx is as " +
    "large as before, a .safetensors is written small, and `convert` makes an .onnx of it again. What zeros " +
    "cost in accuracy is won back by `finetune --sparse`.",
  arguments: {
    "<in>": "model: .onnx, or another that `inspect` takes",
    "<out>": ".onnx or small .safetensors to write",
  },
  options: [
    { flags: "--sparsity <part>", about: "part of the weights that become zero, less than all: 0.9 or 90%" },
    {
      flags: "--pattern <n:m>",
      about: "instead: n of every m neighbours stay, as sparse matrix units want it: 2:4",
    },
    { flags: "--scope <scope>", about: "layer takes as much of each (default), global the smallest of all" },
    ...MODEL_OPTIONS,
  ],
  examples: {
    "sparsify model.onnx sparse.safetensors --sparsity 0.9": "nine of ten weights zero, in a small file",
    "sparsify model.onnx sparse.onnx --pattern 2:4": "for sparse matrix units",
  },
  async run([path, out], given) {
    const masksOf = ruleOf(given);
    const end = await requireOutput(out!, path!, [".onnx", ".safetensors"]);
    const model = await openModel(path!, given);
    const masks = await masksOf(model);
    const whole = wholeOf(model, masks);
    if (Object.keys(masks).length === 0) throw nothingToMask(path!, whole);
    const masked = maskWeights(model, masks);
    const bytes = await save(masked, out!, end === ".safetensors" ? masks : undefined);
    const { layers } = sparsityOf(masked, masks);
    const [size, kept] = [
      layers.reduce((n, { size }) => n + size, 0),
      layers.reduce((n, { kept }) => n + kept, 0),
    ];
    const rows = layers.map(({ name, size, kept }) => ({ name, weights: size, kept }));
    const text = [
      ...textTable(
        [
          ["layer", "weights", "kept", "sparsity"],
          ...[...rows, { name: "all", weights: size, kept }].map(({ name, weights, kept }) => [
            name,
            weights.toLocaleString("en"),
            kept.toLocaleString("en"),
            (1 - kept / weights).toFixed(3),
          ]),
        ],
        ["left", "right", "right", "right"],
      ).lines,
      ...wholeLines(whole),
      "",
      `Wrote ${out}, ${bytes.toLocaleString("en")} bytes`,
    ].join("\n");
    return {
      text,
      data: { layers: rows, whole, weights: size, kept, bytes, out },
    };
  },
};

/** Writes a masked model, small where its masks are given; how many bytes it takes. */
async function save(model: Model, path: string, masks: Masks | undefined): Promise<number> {
  if (masks === undefined) return (await saveModel(model, path)).bytes;
  await saveSparse(model, path, { masks });
  return (await Deno.stat(path)).size;
}

/** The pattern that was typed, where one was: n of every m neighbours stay. */
function patternOf(given: Given): { n: number; m: number } | undefined {
  const text = textOf(given, "pattern");
  if (text === undefined) return undefined;
  const [n = 0, m = 0] = text.match(/^(\d+):(\d+)$/)?.slice(1).map(Number) ?? [];
  if (n >= 1 && n < m) return { n, m };
  throw new UsageError(`Cannot read --pattern ${text}: expected n:m with n from 1 and below m, such as 2:4`);
}

/** What becomes zero, as it was typed: looked at before any work. */
function ruleOf(given: Given): (model: Model) => Masks | Promise<Masks> {
  const [sparsity, pattern] = [shareOf(given, "sparsity", { from: 0, below: 1 }), patternOf(given)];
  if ((sparsity === undefined) === (pattern === undefined)) {
    throw new UsageError("Cannot sparsify: name either --sparsity, such as 0.9, or --pattern, such as 2:4");
  }
  const scope = wordOf(given, "scope", ["layer", "global"]);
  if (sparsity !== undefined) return (model) => magnitudeMasks(model, sparsity, { scope: scope ?? "layer" });
  if (scope !== undefined) {
    throw new UsageError(
      "Cannot sparsify with --pattern and --scope: a pattern takes as much of all neighbours; leave --scope out, or " +
        "name --sparsity",
    );
  }
  return (model) => nmMasks(model, pattern!);
}

/** A layer's weight that stays whole. */
interface Whole {
  name: string;
  why: string;
}

/** The weights of layers that have no mask. */
function wholeOf(model: Model, masks: Masks): Whole[] {
  const floats = weightsOf(model).filter((weight) =>
    isPrunable(weight) && !Object.hasOwn(masks, weight.name)
  );
  const others = otherWeightsOf(model).filter(isPrunable);
  return [
    ...floats.map(({ name }) => ({
      name,
      why:
        "the pattern has no whole groups along a stored axis that its product sums over; take another m, or --sparsity",
    })),
    ...others.map(({ name, tensor: { type } }) => ({
      name,
      why: type === "bfloat16"
        ? "bfloat16 is not computed with here; export the model in float16 or float32"
        : `codes (${type}) are no single weights; sparsify before \`quantize\``,
    })),
  ];
}

/** The weights that stay whole, a line for each reason. */
const wholeLines = (whole: readonly Whole[]): string[] =>
  Object.entries(Object.groupBy(whole, ({ why }) => why)).map(([why, all]) =>
    `${all!.map(({ name }) => name).join(", ")} ${all!.length === 1 ? "stays" : "stay"} as before: ${why}`
  );

/** The error where not a single weight can become zero. */
function nothingToMask(path: string, [first]: readonly Whole[]): TypeError {
  const why = first === undefined
    ? "it stores none of a convolution, a matrix product or a recurrent layer"
    : `${first.name} stays as it is: ${first.why}`;
  return new TypeError(`Cannot sparsify ${path}: none of its weights can become zero; ${why}`);
}
