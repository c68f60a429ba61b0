import { counted } from "../../amounts.ts";
import { TypeError } from "../../errors.ts";
import { type PackedForm, packQuantized } from "../../compress/codes/pack_quantized.ts";
import { compress } from "../../compress/compress.ts";
import { linearLayers } from "../../compress/linear_layers.ts";
import { saveModel } from "../../io/save_model.ts";
import { storedBytes } from "../../prune/plan/model_costs.ts";
import { textTable } from "../../text_table.ts";
import type { CliCommand } from "../command.ts";
import { MODEL_OPTIONS, openModel } from "../open_model.ts";
import { requireOutput } from "../require_output.ts";
import { wholeOf, wordOf } from "../values.ts";

/** How a form stores its codes, in words. */
const STORED: Readonly<Record<PackedForm, string>> = {
  MatMulNBits: "as MatMulNBits",
  DequantizeLinear: "behind DequantizeLinear, a byte a weight",
};

/** `quantize`: weights in few bits. */
export const quantize: CliCommand = {
  about:
    "Stores the weights of linear layers and convolutions in few bits, in a smaller file that ONNX Runtime opens: " +
    "up to 4 bits as MatMulNBits, which multiplies with the codes, else up to 8 bits behind a DequantizeLinear, " +
    "which any engine reads, and ONNX Runtime mostly unpacks in every run: such a file is smaller, and often slower " +
    "than with --form MatMulNBits. Weights are rounded to " +
    "the nearest level; how much a network's answers change, `compare` says. With calibration data and better methods: docs/compression.md.",
  arguments: { "<in>": "model: .onnx, or another that `inspect` takes", "<out>": ".onnx to write" },
  options: [
    { flags: "--bits <count>", about: "bits of a weight, 2 to 8; default 8" },
    { flags: "--group <count>", about: "weights of a row that share a scale; default the whole row" },
    { flags: "--form <name>", about: "MatMulNBits or DequantizeLinear alone; default what suits each layer" },
    ...MODEL_OPTIONS,
  ],
  examples: {
    "quantize model.onnx model8.onnx": "8 bits, a scale for each output feature",
    "quantize model.onnx model8.onnx --group 32 --form MatMulNBits":
      "8 bits in matrices, for answers of a language model, which ONNX Runtime multiplies in their codes",
    "quantize model.onnx model4.onnx --bits 4 --group 32":
      "4 bits in matrices, a scale for every 32 weights; convolutions stay",
  },
  async run([path, out], given) {
    const bits = wholeOf(given, "bits", { from: 2, to: 8 }) ?? 8;
    const groupSize = wholeOf(given, "group", { from: 1 });
    const form = wordOf(given, "form", Object.keys(STORED) as PackedForm[]);
    const packing = { forms: form === undefined ? undefined : [form] };
    await requireOutput(out!, path!);
    const model = await openModel(path!, given);
    if (linearLayers(model).length === 0) {
      throw new TypeError(
        `Cannot quantize ${path}: it has no Conv, Gemm or MatMul that alone reads a stored float weight, itself or through ` +
          "a Transpose; its weights are in codes or bfloat16 already, are read by two layers, or are inputs that may be fed; " +
          "export it in float32, with keep_initializers_as_inputs=False",
      );
    }
    // Layers that cannot be stored in codes are not rounded either.
    const rounded = await compress(model, { method: "rtn", bits, groupSize });
    const { left } = packQuantized(rounded, packing);
    const [why] = Object.values(left);
    if (why !== undefined && Object.keys(left).length === rounded.layers.length) {
      throw new TypeError(
        `Cannot store a single layer of ${path} in codes: ${why}` +
          (groupSize === undefined ? "" : "; leave out --group, or make it a multiple of 16"),
      );
    }
    const result = await compress(model, {
      method: "rtn",
      bits,
      groupSize,
      layers: (name) => !Object.hasOwn(left, name),
    });
    const { model: packed, forms } = packQuantized(result, packing);
    await saveModel(packed, out!);
    const [before, after] = [model, packed].map(storedBytes) as [number, number];
    const stored = Object.entries(Object.groupBy(Object.values(forms), (form) => form));
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
      `Wrote ${out}: ${count} of ${counted(all, "layer")} on levels of ${bits} bits, ` +
      stored.map(([form, layers]) => `${layers!.length} ${STORED[form as PackedForm]}`).join(" and "),
    ].join("\n");
    return { text, data: { bits, group: groupSize, before, after, stored: forms, floats: left, out } };
  },
};
