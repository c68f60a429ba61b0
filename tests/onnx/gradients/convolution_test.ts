import { isStatic } from "../../../lib/onnx/dim.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { seededRandom } from "../../../lib/random.ts";
import { checkGradient, numbers } from "./check.ts";
import { plainConv, plainConvTranspose } from "./plain_windows.ts";

interface Case {
  x: number[];
  w: number[];
  attributes?: Record<string, string | number | number[]>;
  /** What the reference moves with, where it differs from the attributes (automatic padding). */
  pads?: number[];
  bias?: boolean;
  /** Inputs declared with unknown sizes. */
  declared?: (number | string)[];
}

/** Spatial size of the operator's output, as shape inference has it. */
function placesOf(op: string, { x, w, attributes = {} }: Case): number[] {
  const g = new GraphBuilder();
  const [y] = g.node(op, [g.input("x", "float32", x), g.input("w", "float32", w)], attributes);
  const shape = g.shape(y!);
  if (!isStatic(shape)) throw new Error("the output's shape should be known");
  return shape.slice(2);
}

async function checkConv(op: "Conv" | "ConvTranspose", example: Case): Promise<void> {
  const { x, w, attributes = {}, bias = false, declared } = example;
  const places = placesOf(op, example);
  const plain = op === "Conv" ? plainConv : plainConvTranspose;
  const window = { ...attributes as object, ...example.pads && { pads: example.pads } };
  const outs = op === "Conv" ? w[0]! : w[1]! * Number(attributes.group ?? 1);
  await checkGradient(
    (g, ...values) => g.node(op, values, attributes)[0]!,
    { x: numbers(x), w: numbers(w), ...bias && { b: numbers([outs]) } },
    {
      ...declared && { declared: { x: declared } },
      reference: (x0, w0, b0) => {
        const y = plain({ dims: x, data: x0! }, { dims: w, data: w0! }, window, places);
        const size = places.reduce((a, b) => a * b, 1);
        return b0 ? y.map((value, i) => value + b0[Math.floor(i / size) % outs]!) : y;
      },
    },
  );
}

const CONVOLUTIONS: Record<string, Case> = {
  "3×3, padded, with bias": {
    x: [2, 3, 5, 6],
    w: [4, 3, 3, 3],
    attributes: { pads: [1, 1, 1, 1] },
    bias: true,
  },
  "3×3, unknown batch and sizes": {
    x: [2, 3, 5, 6],
    w: [4, 3, 3, 3],
    attributes: { pads: [1, 1, 1, 1] },
    declared: ["N", 3, "H", "W"],
  },
  "1×1": { x: [2, 3, 4, 5], w: [4, 3, 1, 1], declared: ["N", 3, "H", "W"] },
  "1×1, stride 2": { x: [2, 3, 5, 4], w: [4, 3, 1, 1], attributes: { strides: [2, 2] } },
  "stride 2 leaves elements over": { x: [2, 2, 6, 8], w: [3, 2, 3, 3], attributes: { strides: [2, 3] } },
  "stride 2, padded": {
    x: [2, 2, 6, 6],
    w: [3, 2, 3, 3],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  "stride 2, unknown sizes": {
    x: [2, 2, 6, 7],
    w: [3, 2, 3, 3],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
    declared: ["N", 2, "H", "W"],
  },
  "asymmetric padding and kernel": {
    x: [1, 2, 5, 4],
    w: [2, 2, 2, 3],
    attributes: { pads: [0, 2, 1, 0] },
  },
  "padding wider than the kernel": { x: [1, 2, 3, 3], w: [2, 2, 2, 2], attributes: { pads: [2, 2, 2, 2] } },
  dilation: { x: [2, 2, 7, 6], w: [3, 2, 3, 2], attributes: { dilations: [2, 3], pads: [2, 1, 2, 1] } },
  "dilation and stride": {
    x: [1, 2, 9, 8],
    w: [2, 2, 3, 2],
    attributes: { dilations: [2, 2], strides: [2, 3], pads: [1, 0, 2, 1] },
  },
  groups: { x: [2, 4, 5, 5], w: [6, 2, 3, 3], attributes: { group: 2, pads: [1, 1, 1, 1] }, bias: true },
  "groups, stride 2": { x: [2, 4, 5, 6], w: [6, 2, 3, 3], attributes: { group: 2, strides: [2, 2] } },
  depthwise: {
    x: [2, 3, 5, 5],
    w: [3, 1, 3, 3],
    attributes: { group: 3, pads: [1, 1, 1, 1] },
    declared: ["N", 3, "H", "W"],
  },
  "depthwise, stride 2, padded, dilated, elements left over": {
    x: [2, 3, 8, 7],
    w: [3, 1, 3, 2],
    attributes: { group: 3, strides: [2, 3], dilations: [1, 2], pads: [1, 0, 2, 1] },
  },
  "depthwise, one pixel": {
    x: [4, 3, 1, 1],
    w: [3, 1, 3, 3],
    attributes: { group: 3, pads: [1, 1, 1, 1] },
  },
  "depthwise, unknown batch": {
    x: [2, 3, 4, 5],
    w: [3, 1, 3, 3],
    attributes: { group: 3, pads: [1, 1, 1, 1] },
    declared: ["N", 3, 4, 5],
  },
  "depthwise, unknown channels": {
    x: [2, 3, 4, 5],
    w: [3, 1, 3, 3],
    attributes: { group: 3, pads: [1, 1, 1, 1] },
    declared: ["N", "C", 4, 5],
  },
  "depthwise, wide rows": { x: [1, 2, 2, 40], w: [2, 1, 2, 3], attributes: { group: 2 } },
  "1×1, few pixels": { x: [3, 6, 1, 2], w: [7, 6, 1, 1], declared: ["N", 6, 1, 2] },
  "depthwise, two filters a channel": { x: [2, 3, 5, 4], w: [6, 1, 3, 3], attributes: { group: 3 } },
  SAME_UPPER: {
    x: [1, 2, 5, 6],
    w: [2, 2, 2, 4],
    attributes: { auto_pad: "SAME_UPPER" },
    pads: [0, 1, 1, 2],
  },
  "SAME_LOWER, stride 2": {
    x: [1, 2, 6, 5],
    w: [2, 2, 3, 4],
    attributes: { auto_pad: "SAME_LOWER", strides: [2, 2] },
    pads: [1, 2, 0, 1],
  },
  "1-d": { x: [2, 3, 9], w: [2, 3, 4], attributes: { pads: [1, 2], strides: [2] } },
  "3-d": { x: [1, 2, 3, 4, 3], w: [2, 2, 2, 2, 3], attributes: { pads: [1, 0, 1, 0, 1, 1] } },
};

for (const [name, example] of Object.entries(CONVOLUTIONS)) {
  Deno.test(`Conv: ${name}`, () => checkConv("Conv", example));
}

const TRANSPOSED: Record<string, Case> = {
  "stride 2, with bias": { x: [2, 3, 3, 4], w: [3, 2, 3, 3], attributes: { strides: [2, 2] }, bias: true },
  "padding and output padding": {
    x: [2, 3, 3, 4],
    w: [3, 2, 3, 3],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
    declared: ["N", 3, "H", "W"],
  },
  "groups and dilation": {
    x: [1, 4, 3, 3],
    w: [4, 2, 2, 3],
    attributes: { group: 2, dilations: [2, 1], pads: [1, 0, 0, 1] },
  },
  "1-d": { x: [2, 2, 4], w: [2, 3, 3], attributes: { strides: [3], pads: [0, 1] } },
  "output_shape, odd padding": {
    x: [1, 2, 4, 3],
    w: [2, 1, 3, 3],
    attributes: { strides: [2, 2], output_shape: [8, 6] },
    pads: [1, 1, 0, 0],
  },
  "output_shape, odd padding, SAME_UPPER": {
    x: [1, 2, 4, 3],
    w: [2, 1, 3, 3],
    attributes: { strides: [2, 2], output_shape: [8, 6], auto_pad: "SAME_UPPER" },
    pads: [0, 0, 1, 1],
  },
};

for (const [name, example] of Object.entries(TRANSPOSED)) {
  Deno.test(`ConvTranspose: ${name}`, () => checkConv("ConvTranspose", example));
}

Deno.test("Conv: random windows", async () => {
  const random = seededRandom(5);
  for (let i = 0; i < 12; i++) {
    const group = 1 + random.integer(3);
    const pick = (most: number) => [random.integer(most), random.integer(most)];
    const kernel = pick(3).map((n) => n + 1);
    const dilations = pick(2).map((n) => n + 1);
    const strides = pick(3).map((n) => n + 1);
    const pads = [...pick(3), ...pick(3)];
    const size = kernel.map((k, axis) => (k - 1) * dilations[axis]! + 1 + random.integer(4));
    const ins = 1 + random.integer(2);
    await checkConv("Conv", {
      x: [1 + random.integer(2), group * ins, ...size],
      w: [group * (1 + random.integer(2)), ins, ...kernel],
      attributes: { group, dilations, strides, pads },
    }).catch((error) => {
      throw new Error(`Conv ${JSON.stringify({ group, kernel, dilations, strides, pads, size })}`, {
        cause: error,
      });
    });
  }
});
