import { quantizedBytes } from "../../compress/quantized_bytes.ts";
import { quantizeWeights } from "../../compress/quantize_weights.ts";
import { textTable } from "../../text_table.ts";
import type { CliCommand } from "../command.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { saveOnnx } from "../save_as.ts";
import { wholeOf, wordOf } from "../values.ts";

/** `quantize`: weights on few levels. */
export const quantize: CliCommand = {
  about:
    "Rounds weights and embeddings to whole multiples of a scale, as a quantised network computes with them. " +
    "The file keeps them as floats, so every program opens it and it can be pruned and trained on; how small " +
    "whole numbers would be is said.",
  arguments: { "<in>": "model: .onnx, or another that `inspect` takes", "<out>": ".onnx to write" },
  options: [
    { flags: "--bits <count>", about: "bits of a weight, 2 to 16; default 8" },
    { flags: "--per <what>", about: "what shares a scale: tensor (default) or row" },
    ...MODEL_OPTIONS,
  ],
  examples: {
    "quantize model.onnx model8.onnx": "8 bits, a scale for each tensor",
    "quantize model.onnx model4.onnx --bits 4 --per row": "4 bits, a scale for each output feature",
  },
  async run([path, out], given) {
    const model = await openModel(path!, given);
    const options = {
      bits: wholeOf(given, "bits") ?? 8,
      per: wordOf(given, "per", ["tensor", "row"]) ?? "tensor",
    };
    const bytes = quantizedBytes(model, options);
    await saveOnnx(quantizeWeights(model, options), out!);
    const shown = Object.entries(bytes).map(([what, count]) => [what, count.toLocaleString("en")]);
    const text = [
      ...textTable([["learned numbers", "bytes"], ...shown], ["left", "right"]).lines,
      "",
      `Wrote ${out}: ${options.bits} bits a weight, kept as float32`,
    ].join("\n");
    return { text, data: { ...options, bytes, out } };
  },
};
