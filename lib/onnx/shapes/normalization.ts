import { quoted } from "../../printable.ts";
import { rulesFor } from "../operators/table.ts";
import { stringAttribute } from "../attribute.ts";
import { channelsText, type Dim, shapeText } from "../dim.ts";
import { elementTypeAttribute } from "./element_type.ts";
import {
  axisAttribute,
  type Call,
  opsetOf,
  requireEqual,
  type Rows,
  shapeAt,
  type ShapeRule,
  typeAt,
} from "./call.ts";
import { sameAsFirst } from "./elementwise.ts";

/** Throws where a scale or bias per channel is not as long as the channel axis. */
function requireChannels(call: Call): void {
  const x = shapeAt(call);
  if (x === undefined || x.length < 2) return;
  for (let i = 1; i < call.node.inputs.length; i++) {
    const parameter = shapeAt(call, i);
    requireEqual(
      call,
      parameter?.[0],
      x[1],
      () =>
        `input ${shapeText(x)} has ${channelsText(x[1])}, but input ${i} ${quoted(call.node.inputs[i])} has ${
          shapeText(parameter)
        }`,
    );
  }
}

const batchNormalization: ShapeRule = (call) => {
  requireChannels(call);
  const statistics = { type: typeAt(call, 3), shape: shapeAt(call, 3) };
  // Before opset 14 the further outputs were mean, variance, saved mean and saved variance.
  const further = opsetOf(call) >= 14 ? 2 : 4;
  return [
    { type: typeAt(call), shape: shapeAt(call) },
    ...Array.from({ length: further }, () => statistics),
  ];
};

const layerNormalization: ShapeRule = (call) => {
  const x = shapeAt(call);
  const type = typeAt(call);
  if (x === undefined) return [{ type }];
  const axis = axisAttribute(call, -1, x.length);
  const last = shapeAt(call, 1)?.at(-1);
  if (last !== 1) {
    requireEqual(
      call,
      last,
      x.at(-1),
      () => `input ${shapeText(x)} does not fit scale ${shapeText(shapeAt(call, 1))}`,
    );
  }
  const shape = x.map((dim, i): Dim => i < axis ? dim : 1);
  const statistics = { type: elementTypeAttribute(call, "stash_type", "float32" as const), shape };
  return [{ type, shape: x }, statistics, statistics];
};

const skipLayerNormalization: ShapeRule = (call) => {
  const output = { type: typeAt(call), shape: shapeAt(call) };
  const shape = output.shape?.map((dim, i, { length }): Dim => i < length - 1 ? dim : 1);
  const statistics = { type: "float32" as const, shape };
  return [output, statistics, statistics, output];
};

const perChannel: ShapeRule = (call) => {
  requireChannels(call);
  return sameAsFirst(call);
};

/** Normalizations; the output is like the input. */
export const normalizations: Rows = {
  BatchNormalization: batchNormalization,
  ...rulesFor(
    layerNormalization,
    "LayerNormalization",
    "RMSNormalization",
    "com.microsoft:LayerNormalization",
  ),
  ...rulesFor(
    layerNormalization,
    "SimplifiedLayerNormalization",
    "com.microsoft:SimplifiedLayerNormalization",
  ),
  ...rulesFor(
    skipLayerNormalization,
    "com.microsoft:SkipLayerNormalization",
    "com.microsoft:SkipSimplifiedLayerNormalization",
  ),
  InstanceNormalization: perChannel,
  ...rulesFor(sameAsFirst, "GroupNormalization", "LRN", "LpNormalization", "MeanVarianceNormalization"),
  "com.microsoft:EmbedLayerNormalization": (call) => {
    const ids = shapeAt(call);
    const width = shapeAt(call, 2)?.[1];
    const batch = ids?.[0];
    const type = typeAt(call, 2);
    if (ids === undefined || width === undefined || batch === undefined) return [{ type }];
    return [{ type, shape: [...ids, width] }, { type: "int32", shape: [batch] }];
  },
  SoftmaxCrossEntropyLoss: lossRow,
  NegativeLogLikelihoodLoss: lossRow,
};

function lossRow(call: Call): ReturnType<ShapeRule> {
  const type = typeAt(call);
  const whole = stringAttribute(call.node, "reduction", "mean") === "none" ? shapeAt(call, 1) : [];
  return [{ type, shape: whole }, { type, shape: shapeAt(call) }];
}
