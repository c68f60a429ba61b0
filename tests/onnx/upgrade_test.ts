import assert from "node:assert/strict";
import { constantsToInitializers } from "../../lib/onnx/passes/constants_to_initializers.ts";
import { type Attribute, float, toAttributes } from "../../lib/onnx/attribute.ts";
import { Model, type Node, OPSET } from "../../lib/onnx/model.ts";
import { type AnyTensor, float32, int64 } from "../../lib/tensor/tensor.ts";
import { upgradeOpset } from "../../lib/onnx/upgrade.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { REAL_MODELS, realFeeds, realModel, realModelBytes } from "./real_models.ts";
import { runNative } from "./run_native.ts";

/** Without the outputs that onnxruntime-node cannot return. */
function tensorsOnly(model: Model): Model {
  const { graph } = model;
  const outputs = graph.outputs.filter((name) => graph.values.get(name)?.opaque === undefined);
  const nodes = graph.nodes.filter(({ op }) => op !== "ZipMap");
  return model.withGraph({ ...graph, outputs, nodes });
}

for (const name of REAL_MODELS) {
  Deno.test({
    name: `${name} computes the same at operator set ${OPSET}, and with its constants hoisted`,
    ignore: !realModelBytes(name),
    async fn() {
      const model = tensorsOnly(realModel(name));
      const feeds = realFeeds(name, model);
      const expected = await runNative(model, feeds);
      const upgraded = upgradeOpset(model);
      assert.equal(upgraded.info.opsets[""], OPSET);
      for (const other of [upgraded, constantsToInitializers(upgraded)]) {
        const outputs = await runNative(other, feeds);
        assert.deepEqual(Object.keys(outputs), Object.keys(expected));
        for (const [output, { data }] of Object.entries(expected)) {
          if (Array.isArray(data)) assert.deepEqual(outputs[output]!.data, data);
          else {assertClose(
              outputs[output]!.data as Float32Array,
              data as Float32Array,
              REORDERED_FLOAT32,
              output,
            );}
        }
      }
    },
  });
}

/** One node in an old operator set. */
interface Old {
  opset: number;
  op: string;
  attributes?: Record<string, Attribute | number | string | number[]>;
  /** Stored inputs after the first. */
  stored?: AnyTensor[];
  outputs?: number;
  dims?: number[];
}

const floats = (value: number[]): Attribute => ({ type: "floats", value });

const OLD: Old[] = [
  { opset: 8, op: "BatchNormalization", stored: [1, 2, 3, 4].map((n) => float32([n, n + 1, n + 2])) },
  { opset: 7, op: "Upsample", attributes: { scales: floats([1, 1, 2, 3]), mode: "nearest" } },
  { opset: 9, op: "Upsample", attributes: { mode: "linear" }, stored: [float32([1, 1, 2, 2])] },
  { opset: 10, op: "Resize", attributes: { mode: "nearest" }, stored: [float32([1, 1, 2, 1.5])] },
  { opset: 10, op: "Resize", attributes: { mode: "nearest" }, stored: [float32([1, 1, 0.5, 0.6])] },
  { opset: 9, op: "Slice", attributes: { starts: [1, -2], ends: [3, 1000], axes: [1, 3] } },
  { opset: 9, op: "Slice", attributes: { starts: [0, 1], ends: [1, 2] } },
  { opset: 9, op: "TopK", attributes: { k: 2, axis: 1 }, outputs: 2 },
  { opset: 7, op: "Dropout", attributes: { ratio: 0.25 } },
  { opset: 11, op: "Dropout", attributes: { ratio: 0.25 } },
  { opset: 10, op: "Clip", attributes: { min: -0.25, max: 0.5 } },
  { opset: 10, op: "Clip", attributes: { max: 0.5 } },
  { opset: 10, op: "Pad", attributes: { pads: [0, 0, 1, 2, 0, 1, 0, 1], value: 2.5 } },
  { opset: 10, op: "Pad", attributes: { pads: [0, 0, 1, 1, 0, 0, 1, 1], mode: "reflect" } },
  { opset: 12, op: "Softmax" },
  { opset: 12, op: "Softmax", attributes: { axis: 3 } },
  { opset: 11, op: "Softmax", attributes: { axis: -2 } },
  { opset: 12, op: "LogSoftmax", attributes: { axis: 2 } },
  { opset: 12, op: "Hardmax", attributes: { axis: 0 } },
  { opset: 12, op: "Squeeze", attributes: { axes: [0] } },
  { opset: 12, op: "Squeeze" },
  { opset: 12, op: "Unsqueeze", attributes: { axes: [0, 3] } },
  { opset: 12, op: "Split", attributes: { axis: 1, split: [1, 2] }, outputs: 2 },
  { opset: 12, op: "Split", attributes: { axis: 2 }, outputs: 2 },
  { opset: 13, op: "Split", attributes: { axis: 2 }, outputs: 2 },
  ...["L1", "L2", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare"].flatMap((kind): Old[] => [
    { opset: 12, op: `Reduce${kind}`, attributes: { axes: [1, -1], keepdims: 0 } },
    { opset: 12, op: `Reduce${kind}` },
  ]),
  { opset: 9, op: "ImageScaler", attributes: { scale: 0.5, bias: floats([1, 2, 3]) } },
  {
    opset: 10,
    op: "Scatter",
    attributes: { axis: 0 },
    stored: [int64([0], [1, 1, 1, 1]), float32([7], [1, 1, 1, 1])],
  },
  {
    opset: 16,
    op: "GridSample",
    attributes: { mode: "bilinear" },
    stored: [float32([-0.5, 0.25, 0.75, 1], [1, 1, 2, 2])],
  },
  {
    opset: 10,
    op: "RoiAlign",
    attributes: { output_height: 2, output_width: 2, spatial_scale: 0.5 },
    stored: [float32([0, 0, 5, 5], [1, 4]), int64([0])],
  },
];

function modelOf({ opset, op, attributes = {}, stored = [], outputs = 1, dims = [1, 3, 4, 4] }: Old): Model {
  const names = Array.from({ length: outputs }, (_, i) => `y${i}`);
  const initializers = new Map(stored.map((tensor, i) => [`s${i}`, tensor]));
  const typed = Object.entries(attributes).map(([name, value]) =>
    [name, FLOATS.has(name) && typeof value === "number" ? float(value) : value] as const
  );
  const node: Node = {
    op,
    inputs: ["x", ...initializers.keys()],
    outputs: names,
    attributes: toAttributes(Object.fromEntries(typed)),
  };
  return new Model({
    name: op,
    inputs: ["x"],
    outputs: names,
    nodes: [node],
    initializers,
    values: new Map([["x", { type: "float32", shape: dims }], ...names.map((name) => [name, {}] as const)]),
  }, { irVersion: 6, opsets: { "": opset } });
}

const FLOATS = new Set(["min", "max", "ratio", "value", "scale", "spatial_scale"]);

for (const old of OLD) {
  const what = JSON.stringify(old.attributes ?? {});
  Deno.test(`${old.op} of operator set ${old.opset} ${what} computes the same at ${OPSET}`, async () => {
    const model = modelOf(old);
    const x = float32(Float32Array.from({ length: 48 }, (_, i) => Math.sin(i * 1.7)), [1, 3, 4, 4]);
    const expected = await runNative(model, { x });
    const outputs = await runNative(upgradeOpset(model), { x });
    for (const [name, { data, dims }] of Object.entries(expected)) {
      assert.deepEqual(outputs[name]!.dims, dims);
      assertClose(
        Array.from(outputs[name]!.data as Float32Array, Number),
        Array.from(data as Float32Array, Number),
        REORDERED_FLOAT32,
        name,
      );
    }
  });
}

const impossible: [Old, RegExp][] = [
  [{ opset: 8, op: "BatchNormalization", attributes: { spatial: 0 } }, /BatchNormalization.*spatial/],
  [{ opset: 8, op: "Scan" }, /Scan/],
  [{ opset: 7, op: "ATen" }, /ATen.*experimental/],
  [{ opset: 9, op: "Dropout", outputs: 2 }, /Dropout.*mask/],
];

for (const [old, message] of impossible) {
  Deno.test(`${old.op} of operator set ${old.opset} has no equivalent, and is named`, () => {
    assert.throws(() => upgradeOpset(modelOf(old)), { name: "TypeError", message });
  });
}

Deno.test("other domains, and newer models, are left alone; older ones than 7 are refused", () => {
  const { graph, info } = modelOf({ opset: 9, op: "Slice" });
  const other = new Model(
    { ...graph, nodes: graph.nodes.map((node) => ({ ...node, domain: "example" })) },
    info,
  );
  assert.deepEqual(upgradeOpset(other).graph.nodes, other.graph.nodes);
  const newer = modelOf({ opset: 22, op: "Relu" });
  assert.equal(upgradeOpset(newer), newer);
  assert.throws(() => upgradeOpset(modelOf({ opset: 6, op: "Relu" })), { name: "RangeError", message: /6/ });
});
