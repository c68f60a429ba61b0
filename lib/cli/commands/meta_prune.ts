import { saveModel } from "../../io/save_model.ts";
import { loadMetanetwork } from "../../metanet/metanetwork_file.ts";
import { FINETUNE, finetuneSchedule, metaPrune as pruneBy } from "../../metanet/meta_prune.ts";
import { textProgress } from "../../progress.ts";
import { type CliCommand, UsageError } from "../command.ts";
import { changeTable, costNotes, costOf, storedNote } from "../costs.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { dataOptions, namesData, readData } from "../read_data.ts";
import { amountOf } from "../amounts.ts";
import { refuseTraining, requireCheckpoint, trainingOf, trainingOptions } from "../training_options.ts";
import { shapesOf, textOf } from "../values.ts";
import { requireOutput } from "../require_output.ts";

/** `meta-prune`: pruning prepared by a metanetwork. */
export const metaPrune: CliCommand = {
  about:
    "Lets a trained metanetwork rewrite the weights so that they prune well, fine-tunes on data where some are " +
    "named, and removes channels until the target is met. Stopped and begun again with --checkpoint, fine-tuning " +
    "goes on where it was. Metanetworks are trained by `metaTrain` of the " +
    "library; the notebook 01_meta_pruning shows how.",
  arguments: { "<in>": "model: .onnx, or another that `inspect` takes", "<out>": ".onnx to write" },
  options: [
    { flags: "--metanetwork <file>", about: "the metanetwork, a .safetensors that saveMetanetwork wrote" },
    { flags: "--macs <part>", about: "multiply-accumulates to keep: 0.5 or 50%" },
    ...dataOptions({ judges: false }),
    { flags: "--shape <input=sizes>", about: "sizes of an input whose sizes are not known", many: true },
    ...trainingOptions(FINETUNE),
    ...MODEL_OPTIONS,
  ],
  examples: {
    "meta-prune model.onnx half.onnx --metanetwork metanetwork.safetensors --macs 0.5 --data images --epochs 1":
      "fine-tuned on images before it is pruned",
    "meta-prune model.onnx half.onnx --metanetwork metanetwork.safetensors --macs 0.5":
      "half of the multiply-accumulates",
  },
  async run([path, out], given, terminal) {
    const [file, macs] = [textOf(given, "metanetwork"), amountOf(given, "macs")];
    if (file === undefined || macs === undefined || macs.absolute) {
      throw new UsageError(
        "Cannot prune by a metanetwork: name it with --metanetwork, and a part with --macs, as 0.5",
      );
    }
    const { rate = 0.01, seed, epochs = FINETUNE.epochs, ...training } = trainingOf(given);
    const withData = namesData(given);
    if (!withData) refuseTraining(given);
    await requireOutput(out!, path!);
    await requireCheckpoint(given, path!);
    const model = await openModel(path!, given);
    const shapes = shapesOf(given, model);
    const { model: smaller } = await pruneBy(model, await loadMetanetwork(file), {
      macs: macs.value,
      progress: textProgress((line) => terminal.err(line)),
      seed,
      data: withData ? (await readData(model, given)).train : undefined,
      finetune: { ...training, epochs, schedule: finetuneSchedule(rate) },
      ...shapes,
    });
    await saveModel(smaller, out!);
    const [before, after] = [costOf(model, shapes), costOf(smaller, shapes)];
    const text = [
      ...changeTable(before, after),
      ...storedNote(before),
      ...costNotes(after),
      "",
      `Wrote ${out}`,
    ].join("\n");
    return { text, data: { before, after, out } };
  },
};
