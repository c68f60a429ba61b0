import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { isStatic } from "../../../lib/onnx/dim.ts";
import { checkGradient, distinct, numbers } from "./check.ts";
import { indices, offset, plainAveragePool } from "./plain_windows.ts";
import { int64 } from "../../../lib/tensor/tensor.ts";

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

Deno.test("MaxUnpool gives back what comes from where its numbers were put", async () => {
  const window = { kernel_shape: [2, 2], strides: [2, 2] };
  // Places of a 1 × 2 × 4 × 4 image, one in each window.
  const places = int64([0, 3, 9, 15, 17, 22, 28, 27], [1, 2, 2, 2]);
  const spread = (x: number[]) => {
    const y = new Array<number>(32).fill(0);
    x.forEach((value, i) => y[Number(places.data[i])] = value);
    return y;
  };
  await checkGradient(
    (g, x) => g.node("MaxUnpool", [x!, g.constant(places)], window)[0]!,
    { x: numbers([1, 2, 2, 2]) },
    { reference: spread },
  );
});

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
