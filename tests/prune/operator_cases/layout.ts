import { type Case, each, IMAGE, one, SHAPE } from "./case.ts";

const to = (shape: number[], ...dims: number[]): Case => ({ shape, build: (n, x) => n.reshape(x, ...dims) });

export const layout: Record<string, Case> = {
  "Reshape that merges the last": to(SHAPE, 2, 24),
  "Reshape that merges the first": to(SHAPE, 8, 6),
  "Reshape into one": to(SHAPE, -1),
  "Reshape that splits the middle": to(SHAPE, 2, 2, 2, 6),
  "Reshape that splits the last": to(SHAPE, 0, 0, 2, -1),
  "Reshape that splits two": to(SHAPE, 2, 2, 2, 3, 2),
  "Reshape across": to(SHAPE, 4, 2, 6),
  "Reshape across and on": to(SHAPE, 3, 16),
  "Reshape with ones": to(SHAPE, 1, 2, 1, 4, 6, 1),
  "Reshape by its own size": {
    shape: SHAPE,
    build: (n, x) => n.op("Reshape", [x, n.op("Shape", [x])]),
  },
  "Reshape forth and back": { shape: SHAPE, build: (n, x) => n.reshape(n.reshape(x, 2, 24), 2, 4, 6) },
  "Reshape with one operator inside, and back": {
    shape: SHAPE,
    build: (n, x) => n.reshape(n.op("Relu", [n.reshape(x, 8, 6)]), 2, 4, 6),
  },
  ...each("0 1 2 3", (axis) => ({ [`Flatten at ${axis}`]: one("Flatten", IMAGE, { axis: Number(axis) }) })),
  "Squeeze": { shape: [2, 1, 4, 1, 6], build: (n, x) => n.op("Squeeze", [x, n.ints(1, -2)]) },
  "Squeeze of all": { shape: [2, 1, 4, 6], build: (n, x) => n.op("Squeeze", [x]) },
  "Unsqueeze": { shape: SHAPE, build: (n, x) => n.op("Unsqueeze", [x, n.ints(1, 3)]) },
  "Transpose": one("Transpose", SHAPE),
  "Transpose by a permutation": one("Transpose", SHAPE, { perm: [1, 2, 0] }),
  ...each("0 1 2", (axis) => ({
    [`Concat along ${axis}`]: {
      shape: SHAPE,
      build: (n, x, more) => n.op("Concat", [x, more()], { axis: Number(axis) }),
    },
    [`Concat along ${axis} with itself`]: {
      shape: SHAPE,
      build: (n, x) => n.op("Concat", [x, n.op("Sigmoid", [x])], { axis: Number(axis) }),
    },
    [`Concat along ${axis} with numbers`]: {
      shape: SHAPE,
      build: (n, x) => n.op("Concat", [n.weight(...SHAPE), x], { axis: Number(axis) }),
    },
  })),
  "DepthToSpace": one("DepthToSpace", [2, 8, 3, 5], { blocksize: 2 }),
  "DepthToSpace by columns first": one("DepthToSpace", [2, 8, 3, 5], { blocksize: 2, mode: "CRD" }),
  "SpaceToDepth": one("SpaceToDepth", IMAGE, { blocksize: 2 }),
};
