/** Sizes in a file, or given for an input, that no machine holds: a sentence at once, not minutes and gigabytes. */
import assert from "node:assert/strict";
import { countMacs } from "../../../lib/onnx/count_macs.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import { loadModel } from "../../../lib/io/load_model.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { dataFile } from "../../data.ts";

const HUGE = 2 ** 40;

/** A convolution and what follows it, with a linear layer at its end. */
function network(
  follow: (g: GraphBuilder, x: string) => string,
  pads: number[] = [0, 0, 0, 0],
  size = 8,
): Model {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["N", 3, size, size]);
  const weight = g.parameter("conv.weight", float32(new Array(108).fill(0.1), [4, 3, 3, 3]));
  g.output(follow(g, g.conv(x, weight, undefined, { pads })), "y");
  return g.model();
}

const flat = (g: GraphBuilder, x: string) => g.flatten(x);

Deno.test("what is larger than any machine holds is an error that names the node, everywhere shapes are asked for", () => {
  const cases: [string, () => Model, RegExp][] = [
    ["pads", () => network(flat, [HUGE, 0, HUGE, 0]), /Conv/],
    ["an input's declared size", () => network(flat, [0, 0, 0, 0], 2 ** 30), /Conv/],
    [
      "a constant's shape",
      () => network((g) => g.node("Expand", [g.constant(float32([1])), g.constant(int64([HUGE, HUGE]))])[0]!),
      /Expand/,
    ],
    [
      "repeats",
      () => network((g, x) => g.node("Tile", [x, g.constant(int64([1, 1, HUGE, HUGE]))])[0]!),
      /Tile/,
    ],
    [
      "padding",
      () => network((g, x) => g.node("Pad", [x, g.constant(int64([0, 0, 0, 0, 0, 0, HUGE, HUGE]))])[0]!),
      /Pad/,
    ],
  ];
  for (const [what, make, named] of cases) {
    for (const ask of [inferShapes, countMacs, channelGroups]) {
      assert.throws(
        () => ask(make()),
        (error: Error) =>
          error instanceof TypeError && named.test(error.message) &&
          /has more elements than any machine holds/.test(error.message),
        `${what} by ${ask.name}`,
      );
    }
  }
  const given = { inputShapes: { x: [1, 3, 2 ** 30, 2 ** 30] } };
  assert.throws(() => inferShapes(network(flat), given), {
    name: "TypeError",
    message: /input "x": \[1, 3, 1073741824/,
  });
});

Deno.test("an axis too long to be followed is an error, where shapes alone are none", () => {
  const long = () => network(flat, [2 ** 18, 0, 0, 0], 2 ** 10);
  assert.ok(inferShapes(long()).graph.values.get("y"));
  assert.throws(() => channelGroups(long()), {
    name: "RangeError",
    message: /^Cannot follow channels through Flatten.*at most 67108864 positions along one axis/,
  });
});

const huge = dataFile("../cases/faults/conv_pads_2e62.onnx");
Deno.test({
  name: "a file with pads of 2⁶², and one given an input of 2³⁰ × 2³⁰",
  ignore: !huge,
  async fn() {
    const model = await loadModel(huge!);
    for (const ask of [inferShapes, countMacs, channelGroups]) {
      assert.throws(() => ask(model), /Cannot infer the shape of Conv.*more elements than any machine holds/);
    }
  },
});
