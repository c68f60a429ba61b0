import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { isStatic } from "../../../lib/onnx/dim.ts";
import { checkGradient, distinct, numbers } from "./check.ts";
import { indices, offset, plainAveragePool } from "./plain_windows.ts";

interface Case {
  x: number[];
  kernel: number[];
  attributes?: Record<string, string | number | number[]>;
  declared?: (number | string)[];
}

const WINDOWS: Record<string, Case> = {
  "2×2, stride 2": { x: [2, 3, 6, 4], kernel: [2, 2], attributes: { strides: [2, 2] } },
  "2×2, stride 2, unknown sizes": {
    x: [2, 3, 6, 5],
    kernel: [2, 2],
    attributes: { strides: [2, 2] },
    declared: ["N", 3, "H", "W"],
  },
  "overlapping and padded": { x: [1, 2, 5, 5], kernel: [3, 3], attributes: { pads: [1, 1, 1, 1] } },
  "asymmetric, stride 2": {
    x: [1, 2, 6, 5],
    kernel: [3, 2],
    attributes: { strides: [2, 2], pads: [1, 0, 0, 1] },
  },
  "rounded up": { x: [1, 2, 6, 7], kernel: [3, 3], attributes: { strides: [2, 2], ceil_mode: 1 } },
  "1-d": { x: [2, 2, 7], kernel: [3], attributes: { strides: [2], pads: [1, 1] } },
};

function placesOf(op: string, { x, kernel, attributes }: Case): number[] {
  const g = new GraphBuilder();
  const [y] = g.node(op, [g.input("x", "float32", x)], { kernel_shape: kernel, ...attributes });
  const shape = g.shape(y!);
  if (!isStatic(shape)) throw new Error("the output's shape should be known");
  return shape.slice(2);
}

for (const [name, example] of Object.entries(WINDOWS)) {
  const { x, kernel, attributes = {}, declared } = example;
  const options = declared ? { declared: { x: declared } } : {};
  for (const includePad of [false, true]) {
    Deno.test(`AveragePool: ${name}${includePad ? ", counting the padding" : ""}`, async () => {
      const places = placesOf("AveragePool", example);
      const all = { kernel_shape: kernel, ...attributes, count_include_pad: Number(includePad) };
      await checkGradient(
        (g, value) => g.node("AveragePool", [value!], all)[0]!,
        { x: numbers(x) },
        {
          ...options,
          reference: (data) =>
            plainAveragePool({ dims: x, data: data! }, kernel, attributes as object, { places, includePad }),
        },
      );
    });
  }
  Deno.test(`MaxPool: ${name}`, async () => {
    await checkGradient(
      (g, value) => g.node("MaxPool", [value!], { kernel_shape: kernel, ...attributes })[0]!,
      { x: distinct(x) },
      options,
    );
  });
}

Deno.test("GlobalAveragePool, GlobalMaxPool", async () => {
  const x = [2, 3, 4, 3];
  const images = (data: number[]) =>
    [...indices([2, 3])].map(([n, c]) =>
      [...indices([4, 3])].map(([i, j]) => data[offset([n!, c!, i!, j!], x)]!)
    );
  for (const declared of [x, ["N", 3, "H", "W"]]) {
    await checkGradient((g, value) => g.globalAveragePool(value!), { x: numbers(x) }, {
      declared: { x: declared },
      reference: (data) => images(data!).map((image) => image.reduce((a, b) => a + b) / image.length),
    });
    await checkGradient((g, value) => g.globalMaxPool(value!), { x: distinct(x) }, {
      declared: { x: declared },
      reference: (data) => images(data!).map((image) => Math.max(...image)),
    });
  }
});
