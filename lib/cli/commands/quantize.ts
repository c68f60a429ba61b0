import { packQuantized } from "../../compress/codes/pack_quantized.ts";
import { compress } from "../../compress/compress.ts";
import { saveModel } from "../../io/save_model.ts";
import { storedBytes } from "../../prune/cost.ts";
import { textTable } from "../../text_table.ts";
import { type CliCommand, UsageError } from "../command.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { requireWritable } from "../require_writable.ts";
import { wholeOf } from "../values.ts";

/** `quantize`: weights in few bits. */
export const quantize: CliCommand = {
  about:
    "Stores the weights of linear layers and convolutions in few bits, in a smaller file that ONNX Runtime opens: " +
    "up to 4 bits as MatMulNBits, which multiplies with the codes, else up to 8 bits behind a DequantizeLinear. " +
    "Weights are rounded to the nearest level; how much a network's answers change, `compare` says. With " +
    "calibration data and better methods: docs/compression.md.",
  arguments: { "<in>": "model: .onnx, or another that `inspect` takes", "<out>": ".onnx to write" },
  options: [
    { flags: "--bits <count>", about: "bits of a weight, 2 to 8; default 8" },
    { flags: "--group <count>", about: "weights of a row that share a scale; default the whole row" },
    ...MODEL_OPTIONS,
  ],
  examples: {
    "quantize model.onnx model8.onnx": "8 bits, a scale for each output feature",
    "quantize model.onnx model4.onnx --bits 4 --group 32": "4 bits, a scale for every 32 weights",
  },
  async run([path, out], given) {
    const bits = wholeOf(given, "bits") ?? 8;
    const groupSize = wholeOf(given, "group");
    if (bits < 2 || bits > 8) {
      throw new UsageError(`Cannot read --bits ${bits}: expected a whole number from 2 to 8`);
    }
    if (groupSize !== undefined && groupSize < 1) {
      throw new UsageError(`Cannot read --group ${groupSize}: expected a whole number from 1`);
    }
    await requireWritable(out!);
    const model = await openModel(path!, given);
    // Layers that cannot be stored in codes are not rounded either.
    const rounded = await compress(model, { method: "rtn", bits, groupSize });
    const { left } = packQuantized(rounded);
    const [why] = Object.values(left);
    if (why !== undefined && Object.keys(left).length === rounded.layers.length) {
      throw new TypeError(
        `Cannot store a single layer of ${path} in codes: ${why}; change --bits or --group`,
      );
    }
    const result = await compress(model, {
      method: "rtn",
      bits,
      groupSize,
      layers: (name) => !Object.hasOwn(left, name),
    });
    const { model: packed, forms } = packQuantized(result);
    await saveModel(packed, out!);
    const [before, after] = [model, packed].map(storedBytes) as [number, number];
    const count = Object.keys(forms).length;
    const all = count + Object.keys(left).length;
    const text = [
      ...textTable(
        [["", "before", "after", "ratio"], [
          "bytes of weights",
          ...[before, after].map((bytes) => bytes.toLocaleString("en")),
          (after / before).toFixed(3),
        ]],
        ["left", "right", "right", "right"],
      ).lines,
      ...Object.entries(left).map(([name, why]) => `${name} stays as it is: ${why}`),
      "",
      `Wrote ${out}: ${count} of ${all} layers in ${bits} bits a weight`,
    ].join("\n");
    return { text, data: { bits, group: groupSize, before, after, stored: forms, floats: left, out } };
  },
};
