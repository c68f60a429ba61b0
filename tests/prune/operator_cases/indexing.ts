import type { Value } from "../../../lib/onnx/builder.ts";
import type { Net } from "../net.ts";
import { type Attributes, type Case, each, IMAGE, one, SHAPE, whole } from "./case.ts";

/** Its parts, each on a way of its own. */
const splitInto = (axis: number, ...lengths: number[]): Case => ({
  shape: SHAPE,
  build(n, x) {
    const parts = n.ops("Split", [x, n.ints(...lengths)], { axis }, lengths.length);
    const ways = ["Relu", "Sigmoid", "Neg", "Tanh", "Abs", "Exp"];
    return n.op("Concat", parts.map((part, i) => n.op(ways[i]!, [part])), { axis });
  },
});

const cut = (axis: number, start: number, end: number, step = 1): Case => ({
  shape: SHAPE,
  build: (n, x) => n.op("Slice", [x, n.ints(start), n.ints(end), n.ints(axis), n.ints(step)]),
});

const gather = (axis: number, ...indices: number[]): Case => ({
  shape: SHAPE,
  build: (n, x) => n.op("Gather", [x, n.ints(...indices)], { axis }),
});

/** One position by itself, as a value without the axis. */
const taken = (axis: number, take: (n: Net, x: Value) => Value): Case => ({
  shape: SHAPE,
  build: (n, x) => n.op("Add", [x, n.op("Unsqueeze", [take(n, x), n.ints(axis)])]),
});

const pad = (pads: number[], attributes: Attributes = {}, fill?: number): Case => ({
  shape: SHAPE,
  build: (n, x) =>
    n.op("Pad", [x, n.ints(...pads), ...fill === undefined ? [] : [n.number(fill)]], attributes),
});

const expand = (shape: number[], ...dims: number[]): Case => ({
  shape,
  build: (n, x) => n.op("Expand", [x, n.ints(...dims)]),
});

export const indexing: Record<string, Case> = {
  ...each("0 1 2", (name) => {
    const axis = Number(name);
    const length = SHAPE[axis]!;
    return {
      [`Split along ${axis} in two`]: splitInto(axis, length / 2, length / 2),
      [`Split along ${axis}, one and the others`]: splitInto(axis, 1, length - 1),
      [`Split along ${axis} into ones`]: splitInto(axis, ...Array(length).fill(1)),
      [`Split along ${axis}, halves added`]: {
        shape: SHAPE,
        build: (n: Net, x: Value) => n.op("Add", n.ops("Split", [x], { axis, num_outputs: 2 }, 2)),
      },
      [`Split along ${axis}, one part multiplied with the others`]: {
        shape: SHAPE,
        build: (n: Net, x: Value) => n.op("Mul", n.ops("Split", [x, n.ints(1, length - 1)], { axis }, 2)),
      },
      [`Split along ${axis}, one part squeezed`]: taken(
        axis,
        (n, x) =>
          n.op("Squeeze", [n.ops("Split", [x, n.ints(1, length - 1)], { axis }, 2)[0]!, n.ints(axis)]),
      ),
      [`Slice along ${axis}`]: cut(axis, 1, length),
      [`Slice along ${axis} with a step`]: cut(axis, 0, 99, 2),
      [`Slice along ${axis} backwards`]: cut(axis, -1, -99, -1),
      [`Slice along ${axis} of one`]: cut(axis, 1, 2),
      [`Slice along ${axis} of one, squeezed`]: taken(
        axis,
        (n, x) => n.op("Squeeze", [n.op("Slice", [x, n.ints(1), n.ints(2), n.ints(axis)]), n.ints(axis)]),
      ),
      [`Slice along ${axis} of one, multiplied with all`]: {
        shape: SHAPE,
        build: (n: Net, x: Value) => n.op("Mul", [x, n.op("Slice", [x, n.ints(1), n.ints(2), n.ints(axis)])]),
      },
      [`Gather along ${axis}`]: gather(axis, 1, 0, -1, 1),
      [`Gather along ${axis} of one`]: gather(axis, 1),
      [`Gather along ${axis} of one by a number`]: taken(
        axis,
        (n, x) => n.op("Gather", [x, n.op("Squeeze", [n.ints(1)])], { axis }),
      ),
      [`Gather along ${axis} by a table`]: {
        shape: SHAPE,
        build: (n: Net, x: Value) =>
          n.op("Gather", [x, n.op("Reshape", [n.ints(0, 1, 1, 0), n.ints(2, 2)])], { axis }),
      },
    };
  }),
  "Slice along two": {
    shape: SHAPE,
    build: (n, x) => n.op("Slice", [x, n.ints(1, 0), n.ints(4, -1), n.ints(1, -1)]),
  },
  "Gather from stored rows": {
    shape: SHAPE,
    build: (n, x) => {
      const indices = n.op("Cast", [n.op("Greater", [x, n.number(0)])], { to: 7 });
      return n.op("Gather", [n.weight(5, 3), indices]);
    },
  },
  ...each("1 2 3", (depth) => ({
    [`GatherND by ${depth}`]: {
      shape: SHAPE,
      build: (n: Net, x: Value) => {
        const places = [[1, 3, 5], [0, 2, -1], [1, 1, 0]].flatMap((place) => place.slice(0, Number(depth)));
        return n.op("GatherND", [x, n.op("Reshape", [n.ints(...places), n.ints(3, Number(depth))])]);
      },
    },
  })),
  "GatherND in batches": {
    shape: SHAPE,
    build: (n, x) =>
      n.op("GatherND", [x, n.op("Reshape", [n.ints(3, 0, 1, 2), n.ints(2, 2, 1)])], { batch_dims: 1 }),
  },
  ...each("0 1 2", (name) => {
    const axis = Number(name);
    const places = (n: Net, length: number) =>
      n.op("Expand", [
        n.op("Reshape", [
          n.ints(...Array.from({ length }, (_, i) => (i * 3 + 1) % SHAPE[axis]!)),
          n.ints(length, ...Array(2 - axis).fill(1)),
        ]),
        n.ints(...SHAPE.with(axis, length)),
      ]);
    return {
      [`GatherElements along ${axis}`]: {
        shape: SHAPE,
        build: (n, x) => n.op("GatherElements", [x, places(n, 3)], { axis }),
      },
      [`GatherElements along ${axis} by what is largest`]: {
        shape: SHAPE,
        build: (n, x, more) => n.op("GatherElements", [x, n.op("ArgMax", [more()], { axis })], { axis }),
      },
      [`GatherElements along ${axis} of a part`]: {
        shape: SHAPE,
        build: (n, x) =>
          n.op("GatherElements", [x, n.op("Reshape", [n.ints(1, 0), n.ints(1, 2, 1)])], { axis }),
      },
      [`ScatterElements along ${axis}`]: {
        shape: SHAPE,
        build: (n, x, more) =>
          n.op("ScatterElements", [x, places(n, SHAPE[axis]!), more()], { axis, reduction: "add" }),
      },
      [`ScatterElements along ${axis} over numbers`]: {
        shape: SHAPE,
        build: (n, x) =>
          n.op("ScatterElements", [n.weight(...SHAPE), places(n, SHAPE[axis]!), x], {
            axis,
            reduction: "add",
          }),
      },
      [`TopK along ${axis}`]: {
        shape: SHAPE,
        build(n, x) {
          const [values, places] = n.ops("TopK", [x, n.ints(2)], { axis }, 2);
          return n.op("Add", [values!, n.op("Cast", [places!], { to: 1 })]);
        },
      },
    };
  }),
  ...each("1 2 3", (depth) => ({
    [`ScatterND by ${depth}`]: {
      shape: SHAPE,
      build: (n: Net, x: Value, more: () => Value) => {
        const places = [[1, 3, 5], [0, 2, 4]].flatMap((place) => place.slice(0, Number(depth)));
        const indices = n.op("Reshape", [n.ints(...places), n.ints(2, Number(depth))]);
        return n.op("ScatterND", [x, indices, n.op("GatherND", [more(), indices])]);
      },
    },
    [`ScatterND by ${depth} over numbers`]: {
      shape: SHAPE,
      build: (n: Net, x: Value) => {
        const places = [[1, 3, 5], [0, 2, 4]].flatMap((place) => place.slice(0, Number(depth)));
        const indices = n.op("Reshape", [n.ints(...places), n.ints(2, Number(depth))]);
        return n.op("ScatterND", [n.weight(...SHAPE), indices, n.op("GatherND", [x, indices])]);
      },
    },
  })),
  "MaxUnpool": {
    shape: IMAGE,
    build(n, x) {
      const window = { kernel_shape: [2, 2], strides: [2, 2] };
      const [pooled, places] = n.ops("MaxPool", [x], window, 2);
      return n.op("MaxUnpool", [n.op("Tanh", [pooled!]), places!], window);
    },
  },
  "MaxUnpool to told sizes": {
    shape: IMAGE,
    build(n, x) {
      const window = { kernel_shape: [2, 2], strides: [2, 2] };
      const [pooled, places] = n.ops("MaxPool", [x], window, 2);
      return n.op("MaxUnpool", [pooled!, places!, n.ints(2, 4, 6, 8)], window);
    },
  },
  "MaxUnpool whose places somebody else reads": {
    shape: IMAGE,
    build(n, x) {
      const window = { kernel_shape: [2, 2], strides: [2, 2] };
      const [pooled, places] = n.ops("MaxPool", [x], window, 2);
      const spread = n.op("MaxUnpool", [pooled!, places!], window);
      return n.op("Add", [spread, n.op("ReduceMax", [n.op("Cast", [places!], { to: 1 })], { keepdims: 1 })]);
    },
  },
  "OneHot along a new last axis": {
    shape: SHAPE,
    build: (n, x) => n.op("OneHot", [whole(n, x), n.ints(3), n.weights([0.5, 2])]),
  },
  "OneHot along a new axis in the middle": {
    shape: SHAPE,
    build: (n, x) => n.op("OneHot", [whole(n, x), n.ints(3), n.weights([0, 1])], { axis: 1 }),
  },
  "Trilu": one("Trilu", IMAGE),
  "Trilu of the lower half": {
    shape: SHAPE,
    build: (n, x) => n.op("Trilu", [x, n.op("Squeeze", [n.ints(1)])], { upper: 0 }),
  },
  "Pad with zeros": pad([0, 1, 2, 0, 2, 0]),
  "Pad with zeros first": pad([1, 0, 0, 0, 0, 0]),
  "Pad with a number": pad([0, 1, 2, 0, 2, 0], {}, 0.7),
  "Pad that reflects": pad([0, 1, 2, 0, 2, 0], { mode: "reflect" }),
  "Pad with the edges": pad([1, 0, 0, 0, 0, 1], { mode: "edge" }),
  "Pad that crops": pad([0, -1, 0, 0, 0, -2]),
  "Pad of named axes": {
    shape: SHAPE,
    build: (n, x) => n.op("Pad", [x, n.ints(1, 2), "", n.ints(-2)]),
  },
  "Expand of nothing": expand(SHAPE, 1, 1, 1),
  "Expand with a new axis": expand(SHAPE, 3, 2, 4, 6),
  "Expand of one": expand([2, 1, 6], 2, 4, 6),
  "Tile of nothing": { shape: SHAPE, build: (n, x) => n.op("Tile", [x, n.ints(1, 1, 1)]) },
  "Tile along all": { shape: SHAPE, build: (n, x) => n.op("Tile", [x, n.ints(2, 3, 2)]) },
  "Tile of one": { shape: [2, 1, 6], build: (n, x) => n.op("Tile", [x, n.ints(1, 4, 1)]) },
};
