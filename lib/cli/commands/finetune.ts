import { TypeError } from "../../errors.ts";
import { weightsOf } from "../../nn/weights.ts";
import { parametersOf } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { saveModel } from "../../io/save_model.ts";
import { fixedMasks } from "../../sparse/methods/fixed_masks.ts";
import { nonZeroMasks } from "../../sparse/masks.ts";
import type { Masks } from "../../train/weight_mask.ts";
import { textProgress } from "../../progress.ts";
import { textTable } from "../../text_table.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { evaluate } from "../../train/evaluate.ts";
import { crossEntropy } from "../../train/losses.ts";
import { fit } from "../../train/fit.ts";
import { cosine } from "../../train/schedules.ts";
import { type CliCommand, UsageError } from "../command.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { DATA_OPTIONS, namesData, readData } from "../read_data.ts";
import { trainingOf, trainingOptions } from "../training_options.ts";
import { requireOutput } from "../require_output.ts";

/** Epochs where nothing is typed. */
const EPOCHS = 5;

/** `finetune`: what pruning cost is won back. */
export const finetune: CliCommand = {
  about: "Trains a model further on data with targets, as after pruning: stochastic gradient descent with " +
    "momentum, a rate that falls by half a cosine wave. Writes the model of the last epoch. Stopped and begun " +
    "again with --checkpoint, it goes on where it was. Of a quantized model only what is stored as floats is trained.",
  arguments: { "<in>": "model: .onnx, or another that `inspect` takes", "<out>": ".onnx to write" },
  options: [
    ...DATA_OPTIONS,
    ...trainingOptions({ epochs: EPOCHS }),
    { flags: "--sparse", about: "weights that are zero stay zero" },
    ...MODEL_OPTIONS,
  ],
  examples: {
    "finetune half.onnx tuned.onnx --data images --epochs 1":
      "images in images/train/<class> and images/val/<class>",
    "finetune model.onnx tuned.onnx --data data.npz --rate 0.001": "arrays of any field",
    "finetune unet.onnx tuned.onnx --data masks.npz --loss binary-cross-entropy":
      "targets for each pixel, of the output's shape",
  },
  async run([path, out], given, terminal) {
    const { epochs = EPOCHS, loss = crossEntropy(), rate = 0.01, batchSize, checkpoint, seed } = trainingOf(
      given,
    );
    if (!namesData(given)) throw new UsageError("Cannot train without data: name a folder with --data");
    await requireOutput(out!, path!);
    const model = await openModel(path!, given);
    const { train, validation } = await readData(model, given);
    const trained = trainedOf(model);
    if (trained.parameters < trained.of) terminal.err(inWords(trained));
    const { model: tuned, history } = await fit(model, train, {
      epochs,
      loss,
      schedule: cosine({ rate }),
      seed,
      progress: textProgress((line) => terminal.err(line)),
      batchSize,
      checkpoint,
      sparsify: given["sparse"] ? fixedMasks(zerosOf(model, path!)) : undefined,
    });
    await saveModel(tuned, out!);
    const judged = validation ?? train;
    const judge = (each: Model) => evaluate(each, judged, { batchSize, loss });
    const [before, after] = [await judge(model), await judge(tuned)];
    const row = (what: string, a: number | undefined, b: number | undefined) =>
      a === undefined ? [] : [[what, a.toFixed(4), b!.toFixed(4)]];
    const text = [
      ...textTable(
        [
          [`on ${before.examples} examples ${validation ? "to judge by" : "trained on"}`, "before", "after"],
          ...row("loss", before.loss, after.loss),
          ...row("accuracy", before.accuracy, after.accuracy),
        ],
        ["left", "right", "right"],
      ).lines,
      "",
      `Wrote ${out}`,
    ].join("\n");
    return { text, data: { before, after, trained, history, out } };
  },
};

/** How many of a model's parameters are trained: those that are floats. */
function trainedOf(model: Model): { parameters: number; of: number } {
  const floats = weightsOf(model).filter(({ role }) => role !== "statistic");
  return {
    parameters: floats.reduce((sum, { tensor }) => sum + sizeOf(tensor.dims), 0),
    of: parametersOf(model),
  };
}

/** What of a quantized model is trained. */
const inWords = ({ parameters, of }: ReturnType<typeof trainedOf>): string =>
  `Trains ${parameters.toLocaleString("en")} of ${
    of.toLocaleString("en")
  } parameters: biases, norms and what else ` +
  "is stored as floats; weights in codes stay as they are, so fine-tune before `quantize`";

/** Masks of the zeros that are to stay. */
function zerosOf(model: Model, path: string): Masks {
  const masks = nonZeroMasks(model);
  if (Object.keys(masks).length > 0) return masks;
  throw new TypeError(
    `Cannot keep the zeros of ${path}: none of its weights is zero; leave --sparse out, or make zeros by ` +
      "`sparsify`",
  );
}
