import type { Value } from "../../lib/onnx/builder.ts";
import type { Net } from "./net.ts";

/** Blocks of eight channels in, eight channels out. */
export const BLOCKS: Record<string, (n: Net, x: Value) => Value> = {
  conv: (n, x) => n.conv(x, 8, 8),
  depthwise: (n, x) => n.conv(x, 8, 8, 3, 8),
  grouped: (n, x) => n.conv(x, 8, 8, 3, 2),
  residual: (n, x) => n.op("Add", [x, n.conv(n.op("Relu", [n.conv(x, 8, 8)]), 8, 8, 1)]),
  dense: (n, x) => n.conv(n.op("Concat", [x, n.conv(x, 8, 4)], { axis: 1 }), 12, 8, 1),
  excite: (n, x) => n.op("Mul", [x, n.op("Sigmoid", [n.conv(n.op("GlobalAveragePool", [x]), 8, 8, 1)])]),
  halves: (n, x) => {
    const [a, b] = n.ops("Split", [x], { axis: 1, num_outputs: 2 }, 2);
    return n.op("Concat", [n.conv(a!, 4, 4), b!], { axis: 1 });
  },
  shuffle: (n, x) => {
    const split = n.reshape(x, 1, 2, 4, 4, 4);
    return n.reshape(n.op("Transpose", [split], { perm: [0, 2, 1, 3, 4] }), 1, 8, 4, 4);
  },
  sigmoid: (n, x) => n.op("Sigmoid", [x]),
  pixels: (n, x) => n.op("SpaceToDepth", [n.op("DepthToSpace", [x], { blocksize: 2 })], { blocksize: 2 }),
  pad: (n, x) => {
    const [a] = n.ops("Split", [x], { axis: 1, num_outputs: 2 }, 2);
    return n.op("Pad", [a!, n.ints(0, 1, 0, 0, 0, 3, 0, 0)]);
  },
};
