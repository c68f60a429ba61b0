import { counted } from "../../amounts.ts";
import { RangeError, TypeError } from "../../errors.ts";
import { otherWeightsOf, weightsOf } from "../../nn/weights.ts";
import { parametersOf } from "../../onnx/count_macs.ts";
import type { Model } from "../../onnx/model.ts";
import { saveModel } from "../../io/save_model.ts";
import { fixedMasks } from "../../sparse/methods/fixed_masks.ts";
import { nonZeroMasks } from "../../sparse/masks.ts";
import type { Masks } from "../../train/weight_mask.ts";
import { textProgress } from "../../progress.ts";
import { textTable } from "../../text_table.ts";
import { bytesOf } from "../../tensor/arrays.ts";
import { sizeOf } from "../../tensor/tensor.ts";
import { evaluate, type Evaluation } from "../../train/evaluate.ts";
import { crossEntropy } from "../../train/losses.ts";
import { fit } from "../../train/fit.ts";
import { cosine } from "../../train/schedules.ts";
import { type CliCommand, UsageError } from "../command.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { dataOptions, namesData, readData } from "../read_data.ts";
import { requireCheckpoint, trainingOf, trainingOptions } from "../training_options.ts";
import { requireOutput } from "../require_output.ts";

/** Epochs where nothing is typed. */
const EPOCHS = 5;

/** `finetune`: what pruning cost is won back. */
export const finetune: CliCommand = {
  about: "Trains a model further on data with targets, as after pruning: stochastic gradient descent with " +
    "momentum, a rate that falls by half a cosine wave. Writes the model of the epoch that did best on the data to " +
    "judge by, or of the last where there are none, and says where it is worse than before. Stopped and begun again " +
    "with --checkpoint, it goes on where it was. Of a quantized model only what is stored as floats is trained.",
  arguments: { "<in>": "model: .onnx, or another that `inspect` takes", "<out>": ".onnx to write" },
  options: [
    ...dataOptions({ judges: true }),
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
    if (!namesData(given)) {
      throw new UsageError("Cannot train without data: name a folder of images or an .npz with --data");
    }
    await requireOutput(out!, path!);
    await requireCheckpoint(given, path!);
    const model = await openModel(path!, given);
    const masks = given["sparse"] ? zerosOf(model, path!) : undefined;
    const { train, validation } = await readData(model, given);
    const trained = trainedOf(model);
    if (trained.parameters < trained.of) terminal.err(inWords(trained));
    const judge = (each: Model) => evaluate(each, validation ?? train, { batchSize, loss });
    // Data that cannot be judged by are found before hours of training.
    const before = await judge(model);
    const { model: last, best, history } = await fit(model, train, {
      epochs,
      loss,
      schedule: cosine({ rate }),
      seed,
      progress: textProgress((line) => terminal.err(line)),
      batchSize,
      checkpoint,
      validation,
      sparsify: masks && fixedMasks(masks),
    });
    const tuned = best?.model ?? last;
    requireChanged(model, tuned, { path: path!, rate });
    await saveModel(tuned, out!);
    const after = await judge(tuned);
    const row = (what: string, a: number | undefined, b: number | undefined) =>
      a === undefined ? [] : [[what, a.toFixed(4), b!.toFixed(4)]];
    const text = [
      ...textTable(
        [
          [
            `on ${counted(before.examples, "example")} ${validation ? "to judge by" : "trained on"}`,
            "before",
            "after",
          ],
          ...row("loss", before.loss, after.loss),
          ...row("accuracy", before.accuracy, after.accuracy),
        ],
        ["left", "right", "right"],
      ).lines,
      ...isWorse(before, after) ? [`Worse than before: go on with ${path}, or try a lower --rate`] : [],
      "",
      `Wrote ${out}` + (best ? `, of epoch ${best.epoch} of ${epochs}, the best on these examples` : ""),
    ].join("\n");
    return { text, data: { before, after, epoch: best?.epoch ?? history.length, trained, history, out } };
  },
};

/** Whether a model does worse: more labels are wrong, or, where there are none, the loss is higher. */
const isWorse = (before: Evaluation, after: Evaluation): boolean =>
  before.accuracy === undefined ? after.loss > before.loss : after.accuracy! < before.accuracy;

/** The weights that are trained: floats of all sizes. */
const floatsOf = (model: Model) =>
  [
    ...weightsOf(model),
    ...otherWeightsOf(model).filter(({ tensor: { type } }) => type === "bfloat16"),
  ].filter(({ role }) => role !== "statistic");

/** How many of a model's parameters are trained: those that are floats. */
function trainedOf(model: Model): { parameters: number; of: number } {
  return {
    parameters: floatsOf(model).reduce((sum, { tensor }) => sum + sizeOf(tensor.dims), 0),
    of: parametersOf(model),
  };
}

/** What of a quantized model is trained. */
const inWords = ({ parameters, of }: ReturnType<typeof trainedOf>): string =>
  `Trains ${parameters.toLocaleString("en")} of ${
    of.toLocaleString("en")
  } parameters: biases, norms and what else ` +
  "is stored as floats; weights in codes stay as they are, so fine-tune before `quantize`";

/**
 * Refuses to write what was read: where steps are small, weights of few bits are rounded back to what they
 * were.
 */
function requireChanged(model: Model, tuned: Model, { path, rate }: { path: string; rate: number }): void {
  const now = new Map(floatsOf(tuned).map(({ name, tensor }) => [name, bytesOf(tensor)]));
  const floats = floatsOf(model);
  const same = floats.every(({ name, tensor }) => {
    const [a, b] = [bytesOf(tensor), now.get(name)!];
    return a.every((byte, i) => byte === b[i]);
  });
  if (!same) return;
  const types = [...new Set(floats.map(({ tensor: { type } }) => type))].join(", ");
  throw new RangeError(
    `Cannot fine-tune ${path} with --rate ${rate}: behind the last step all its weights, rounded to ${types}, are ` +
      "what they were; take a higher rate, or a model in float32",
  );
}

/** Masks of the zeros that are to stay. */
function zerosOf(model: Model, path: string): Masks {
  const masks = nonZeroMasks(model);
  if (Object.keys(masks).length > 0) return masks;
  throw new TypeError(
    `Cannot keep the zeros of ${path}: none of its weights is zero; leave --sparse out, or make zeros by ` +
      "`sparsify`",
  );
}
