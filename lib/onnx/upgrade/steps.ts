import { quoted } from "../../printable.ts";
import { floatAttribute, intAttribute, intsAttribute, stringAttribute, toAttributes } from "../attribute.ts";
import { storage } from "../../tensor/element_types.ts";
import type { Node } from "../model.ts";
import { type OperatorTable, rulesFor } from "../operators/table.ts";
import { float32, int64, isTensor, normalAxis, numbersOf, Tensor } from "../../tensor/tensor.ts";
import { impossible, type UpgradeRule, type UpgradeStep, withInputs, without } from "./step.ts";

/**
 * A list of integers as it is: ends of slices are often the largest 64-bit integer, which no number holds.
 */
function exactInts(node: Node, name: string): readonly (number | bigint)[] | undefined {
  const attribute = node.attributes[name];
  return attribute?.type === "ints" ? attribute.value : undefined;
}

/** The attribute `name`, a list of integers, becomes input `index`. */
function intsToInput(name: string, index: number): UpgradeRule {
  return (node, step) => {
    const values = exactInts(node, name);
    const moved = without(node, [name]);
    return values === undefined ? moved : withInputs(moved, index, step.constant(int64(values), name));
  };
}

/**
 * Makes axes an input, as {@linkcode intsToInput} does for input 1, where an empty list means all axes, as no
 * list does.
 */
const reduceAxes: UpgradeRule = (node, step) =>
  intsAttribute(node, "axes", undefined)?.length === 0
    ? without(node, ["axes"])
    : intsToInput("axes", 1)(node, step);

/** A scalar of the same element type as the node's first input, float32 where that is not known. */
function likeInput(value: number, node: Node, step: UpgradeStep, stem: string): string {
  const { type = "float32" } = step.info(node.inputs[0] ?? "");
  const { array } = storage[type];
  if (array === undefined) throw impossible(node, step, `there are no constants of type ${type}`);
  const data = (array as unknown as { of(value: number | bigint): Tensor.DataType }).of(
    type === "int64" || type === "uint64" ? BigInt(value) : value,
  );
  return step.constant(new Tensor(type as Tensor.Type, data, []), stem);
}

/** Outputs that a newer version does not give in this form must be unused; they go. */
function onlyFirstOutput(node: Node, step: UpgradeStep, why: string): Node {
  if (node.outputs.slice(1).some((output) => step.isRead(output))) throw impossible(node, step, why);
  return { ...node, outputs: node.outputs.slice(0, 1) };
}

/** 7 → 9: statistics per feature position are gone. */
const batchNorm9: UpgradeRule = (node, step) => {
  if (intAttribute(node, "spatial", 1) === 0) {
    throw impossible(node, step, "statistics per position (spatial = 0) no longer exist");
  }
  return without(node, ["spatial"]);
};

const upsample9: UpgradeRule = (node, step) => {
  const scales = node.attributes.scales;
  if (scales?.type !== "floats") throw impossible(node, step, "it has no list of scales");
  return withInputs(without(node, ["scales"]), 1, step.constant(float32(scales.value), "scales"));
};

const resize11: UpgradeRule = (node, step) => {
  const [x, scales = ""] = node.inputs;
  const stored = step.stored(scales);
  const factors = stored && isTensor(stored) ? numbersOf(stored) : [];
  // ONNX Runtime rounded up where it made smaller and down elsewhere.
  const shrinks = factors.some((factor) => factor < 1);
  const grows = factors.some((factor) => factor > 1);
  if (shrinks && grows && stringAttribute(node, "mode", "nearest") === "nearest") {
    throw impossible(
      node,
      step,
      "it makes some axes larger and others smaller, which older versions round apart",
    );
  }
  return without(withInputs({ ...node, inputs: [x ?? ""] }, 1, "", scales), [], {
    ...toAttributes({
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: shrinks ? "ceil" : "floor",
    }),
  });
};

/** x · scale + a bias per channel: an operator that was never more than experimental. */
const imageScaler10: UpgradeRule = (node, step) => {
  const bias = node.attributes.bias;
  if (bias?.type !== "floats") throw impossible(node, step, "it has no list of biases");
  const scaled = step.freeName(`${node.outputs[0]}.scaled`);
  const scale = step.constant(float32([floatAttribute(node, "scale", 1)], []), "scale");
  const shift = step.constant(float32(bias.value, [1, bias.value.length, 1, 1]), "bias");
  return [
    { op: "Mul", inputs: [node.inputs[0] ?? "", scale], outputs: [scaled], attributes: {} },
    { op: "Add", inputs: [scaled, shift], outputs: [...node.outputs], attributes: {} },
  ];
};

/** Operators that were only ever experimental, of which nothing but their names is known. */
const EXPERIMENTAL = [
  "ATen",
  "Affine",
  "Crop",
  "DynamicSlice",
  "GRUUnit",
  "GivenTensorFill",
  "LoopIndexTensor",
  "ParametricSoftplus",
  "Scale",
  "ScaledTanh",
] as const;

/** Rules of one version, by operator: names that ONNX never had do not compile. */
type UpgradeTable =
  & OperatorTable<UpgradeRule>
  & {
    readonly [Name in typeof EXPERIMENTAL[number]]?: UpgradeRule;
  };

const slice10: UpgradeRule = (node, step) => {
  const list = (name: string) => {
    const values = exactInts(node, name);
    return values && step.constant(int64(values), name);
  };
  return withInputs(without(node, ["starts", "ends", "axes"]), 1, list("starts"), list("ends"), list("axes"));
};

const topK10: UpgradeRule = (node, step) => {
  const k = intAttribute(node, "k", undefined);
  if (k === undefined) throw impossible(node, step, "it has no k");
  return withInputs(without(node, ["k"]), 1, step.constant(int64([k]), "k"));
};

const dropout10: UpgradeRule = (node, step) =>
  onlyFirstOutput(node, step, "its mask was of the data's type and is boolean now");

const dropout12: UpgradeRule = (node, step) =>
  withInputs(
    without(node, ["ratio"]),
    1,
    step.constant(float32([floatAttribute(node, "ratio", 0.5)], []), "ratio"),
  );

const clip11: UpgradeRule = (node, step) => {
  const bound = (name: string) => {
    const value = floatAttribute(node, name, undefined);
    return value === undefined ? undefined : likeInput(value, node, step, name);
  };
  return withInputs(without(node, ["min", "max"]), 1, bound("min"), bound("max"));
};

const pad11: UpgradeRule = (node, step) => {
  const pads = intsAttribute(node, "pads", undefined);
  if (pads === undefined) throw impossible(node, step, "it has no pads");
  const value = floatAttribute(node, "value", 0);
  return withInputs(
    without(node, ["pads", "value"]),
    1,
    step.constant(int64(pads), "pads"),
    value === 0 ? undefined : likeInput(value, node, step, "value"),
  );
};

/** Before 13, the axes from `axis` on were taken as one: flatten, apply, restore. */
const flattened13: UpgradeRule = (node, step) => {
  const axis = intAttribute(node, "axis", 1);
  const [x = ""] = node.inputs;
  const rank = step.info(x).shape?.length;
  if (axis === -1 || axis + 1 === rank) return without(node, ["axis"], toAttributes({ axis: -1 }));
  if (axis < 0 && rank === undefined) {
    throw impossible(
      node,
      step,
      `axis ${axis} counts from the end, and the rank of ${quoted(x)} is not known`,
    );
  }
  const stem = node.outputs[0] ?? node.op;
  const [shape, flat, result] = ["shape", "flat", "applied"].map((what) =>
    step.freeName(`${stem}.${what}`)
  ) as [
    string,
    string,
    string,
  ];
  return [
    { op: "Shape", inputs: [x], outputs: [shape], attributes: {} },
    {
      op: "Flatten",
      inputs: [x],
      outputs: [flat],
      attributes: toAttributes({ axis: normalAxis(axis, rank!) }),
    },
    { ...without(node, ["axis"], toAttributes({ axis: -1 })), inputs: [flat], outputs: [result] },
    { op: "Reshape", inputs: [result, shape], outputs: [...node.outputs], attributes: {} },
  ];
};

const batchNorm14: UpgradeRule = (node, step) =>
  onlyFirstOutput(node, step, "it gives out statistics, which newer versions do only in training mode");

const roiAlign16: UpgradeRule = (node) =>
  without(node, [], toAttributes({ coordinate_transformation_mode: "output_half_pixel" }));

const split18: UpgradeRule = (node) =>
  node.inputs[1] ? node : without(node, [], toAttributes({ num_outputs: node.outputs.length }));

const dft20: UpgradeRule = (node, step) =>
  withInputs(
    without(node, ["axis"]),
    1,
    node.inputs[1],
    step.constant(int64([intAttribute(node, "axis", 1)], []), "axis"),
  );

const GRID_MODES: Readonly<Record<string, string>> = { bilinear: "linear", bicubic: "cubic" };

const gridSample20: UpgradeRule = (node) => {
  const mode = stringAttribute(node, "mode", "bilinear");
  return without(node, ["mode"], toAttributes({ mode: GRID_MODES[mode] ?? mode }));
};

const renamed = (op: string): UpgradeRule => (node) => ({ ...node, op });

const notPossible = (why: string): UpgradeRule => (node, step) => {
  throw impossible(node, step, why);
};

/**
 * Changes of ONNX's operators, by the version that changed them, from 8 to 20 (ONNX's Changelog.md).
 * Operators that are not here mean the same as before, or take only more types and attributes.
 */
export const steps: Readonly<Record<number, UpgradeTable>> = {
  9: {
    BatchNormalization: batchNorm9,
    Upsample: upsample9,
    Scan: notPossible("lengths of sequences no longer exist"),
  },
  10: {
    Slice: slice10,
    TopK: topK10,
    Dropout: dropout10,
    Upsample: renamed("Resize"),
    ImageScaler: imageScaler10,
    ...Object.fromEntries(
      EXPERIMENTAL.map((op) => [op, notPossible("the operator was experimental and is gone")]),
    ),
  },
  11: { Clip: clip11, Pad: pad11, Resize: resize11, Scatter: renamed("ScatterElements") },
  12: { Dropout: dropout12 },
  13: {
    Softmax: flattened13,
    LogSoftmax: flattened13,
    Hardmax: flattened13,
    Squeeze: intsToInput("axes", 1),
    Unsqueeze: intsToInput("axes", 1),
    Split: intsToInput("split", 1),
    ReduceSum: reduceAxes,
  },
  14: { BatchNormalization: batchNorm14 },
  16: { RoiAlign: roiAlign16 },
  18: {
    ...rulesFor(reduceAxes, "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax"),
    ...rulesFor(reduceAxes, "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare"),
    Split: split18,
  },
  20: { DFT: dft20, GridSample: gridSample20 },
};
