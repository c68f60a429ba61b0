import { each, type OperatorFacts } from "./facts.ts";

/** Operators that keep elements and move, take or repeat them. */
export const layout = {
  ...each(
    { since: 1, view: "first", rearranges: true },
    "Flatten",
    "Reshape",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
  ),
  ...each({ since: 1, view: "first" }, "Slice", "Split", "Tile"),
  Expand: { since: 8, view: "first" },
  Concat: { since: 1, view: "all", learned: {} },
  Gather: { since: 1, learned: { 0: { role: "embedding" } }, zeros: [0] },
  ...each({ since: 1, reshapes: true }, "DepthToSpace", "Pad", "SpaceToDepth", "Upsample"),
  TopK: { since: 1 },
  ...each({ since: 9 }, "Compress", "OneHot", "Scatter"),
  Resize: { since: 10, reshapes: true },
  ...each({ since: 10 }, "ReverseSequence", "NonMaxSuppression", "RoiAlign"),
  Unique: { since: 11 },
  ...each({ since: 11, reshapes: true }, "GatherElements", "GatherND", "ScatterElements", "ScatterND"),
  Trilu: { since: 14, reshapes: true },
  GridSample: { since: 16 },
  ...each({ since: 18 }, "CenterCropPad", "Col2Im"),
  AffineGrid: { since: 20 },
  TensorScatter: { since: 24 },
  MaxRoiPool: { since: 1 },
  "ai.onnx.ml:ArrayFeatureExtractor": { since: 1 },
} as const satisfies Record<string, OperatorFacts>;
