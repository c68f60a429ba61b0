import {
  importance,
  type ImportanceOptions,
  type Measure,
} from "../../../kernels/webgpu/select/importance.ts";
import type { Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, GPU_SUM } from "../../close.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";

interface Shape {
  dims: number[];
  keep?: number[];
}

/** Sizes that are multiples of nothing, long and short sums, axes that go outside, inside and in between. */
const SHAPES: Shape[] = [
  { dims: [17, 5, 3, 3], keep: [0] },
  { dims: [17, 5, 3, 3], keep: [1] },
  { dims: [7, 11, 13], keep: [0, 2] },
  { dims: [7, 11, 13], keep: [1] },
  { dims: [5, 3, 2, 3], keep: [1, 3] },
  { dims: [3, 20_011], keep: [0] },
  { dims: [20_011, 3], keep: [1] },
  { dims: [1, 300, 1], keep: [0, 2] },
  { dims: [40_009], keep: [] },
  { dims: [257, 5] },
  { dims: [1] },
  { dims: [] },
  { dims: [4, 0, 3], keep: [0] },
  { dims: [0, 3], keep: [0] },
  { dims: [0, 3], keep: [1] },
];

const MEASURES: Measure[] = ["magnitude", "square", "taylor", "taylor-square"];

export const importanceCases: Case[] = [
  ...SHAPES.flatMap((shape) => MEASURES.map((measure) => sumCase(shape, measure, "float32"))),
  sumCase({ dims: [9, 7, 3], keep: [1] }, "taylor", "float16"),
  sumCase({ dims: [9, 7, 3], keep: [0] }, "square", "float16"),
  sumCase({ dims: [301] }, "magnitude", "float16"),
  {
    name: "importance: coupled tensors add up to one norm",
    async run(gpu) {
      const [a, b] = [randomFloats("a", [6, 31]), randomFloats("b", [19, 6, 3, 3])];
      const results = await everywhere(gpu, async ({ put }) => {
        const first = await importance(put(a), { measure: "square", keep: [0] });
        const both = await importance(put(b), { measure: "square", keep: [1], add: first, root: true });
        return [first, both];
      });
      const squares = reference(a, { measure: "square", keep: [0] });
      const norms = reference(b, { measure: "square", keep: [1] }).map((sum, i) =>
        Math.sqrt(sum + squares[i]!)
      );
      for (const { place, tensors } of results) assertClose(numbers(tensors[1]!), norms, GPU_SUM, place);
    },
  },
  {
    name: "importance: NaN gives NaN where it is, infinity infinity, and subnormals do no harm",
    async run(gpu) {
      const weight = floats([NaN, 1, Infinity, 2, 1e-40, -1e-40, -0, 0], [4, 2]);
      const results = await everywhere(gpu, ({ put }) => importance(put(weight), { keep: [0] }));
      for (const { place, tensors: [sums] } of results) {
        assertClose(numbers(sums!), [NaN, Infinity, 0, 0], { absolute: 1e-38, relative: 0 }, place);
      }
    },
  },
  {
    name: "importance: mistakes are refused",
    async run(gpu) {
      const [weight, other] = [floats([1, 2, 3, 4], [2, 2]), floats([1, 2, 3])];
      await refuses(() => importance(weight, { measure: "taylor" }), /needs the gradient/);
      await refuses(() => importance(weight, { measure: "taylor", gradient: other }), /"gradient" is \[3\]/);
      await refuses(() => importance(weight, { keep: [2] }), /keep is \[2\]/);
      await refuses(() => importance(weight, { keep: [1, 0] }), /ascending axes of \[2, 2\]/);
      await refuses(() => importance(weight, { keep: [0], add: other }), /"add" is \[3\], expected \[2\]/);
      await refuses(() => importance(weight, { measure: "l3" as Measure }), /"l3" is none of magnitude/);
      await everywhere(gpu, async ({ name, put }) => {
        const there = put(weight);
        if (name !== "CPU") {
          await refuses(() => importance(there, { measure: "taylor", gradient: weight }), /on the CPU/);
        }
        return [];
      });
    },
  },
];

function sumCase({ dims, keep }: Shape, measure: Measure, type: "float32" | "float16"): Case {
  return {
    name: `importance: ${measure} of ${type}[${dims}], keeping ${keep ? `[${keep}]` : "all"}`,
    async run(gpu) {
      const [weight, gradient] = [randomFloats("weight", dims, type), randomFloats("gradient", dims, type)];
      const options: ImportanceOptions = { measure, ...keep && { keep } };
      const expected = reference(weight, { ...options, gradient });
      const results = await everywhere(gpu, ({ put }) => {
        const given = measure.startsWith("taylor") ? { gradient: put(gradient) } : {};
        return importance(put(weight), { ...options, ...given });
      });
      for (const { place, tensors: [sums] } of results) assertClose(numbers(sums!), expected, GPU_SUM, place);
    },
  };
}

/** Element by element, in float64. */
function reference(weight: Tensor, { measure, keep, gradient }: ImportanceOptions): number[] {
  const { dims } = weight;
  const stay = keep ?? dims.map((_, axis) => axis);
  const sums = new Array<number>(stay.reduce((size, axis) => size * dims[axis]!, 1)).fill(0);
  const [w, g] = [numbers(weight), gradient ? numbers(gradient) : []];
  const value = {
    magnitude: (i: number) => Math.abs(w[i]!),
    square: (i: number) => w[i]! ** 2,
    taylor: (i: number) => Math.abs(w[i]! * g[i]!),
    "taylor-square": (i: number) => (w[i]! * g[i]!) ** 2,
  }[measure!];
  for (let i = 0; i < w.length; i++) {
    let rest = i;
    const place = new Array<number>(dims.length);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      place[axis] = rest % dims[axis]!;
      rest = Math.floor(rest / dims[axis]!);
    }
    sums[stay.reduce((at, axis) => at * dims[axis]! + place[axis]!, 0)]! += value(i);
  }
  return sums;
}

function numbers(tensor: Tensor): number[] {
  return Array.from(tensor.data as Float32Array);
}
