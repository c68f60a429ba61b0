import { float } from "../../lib/onnx/attribute.ts";
import type { Value } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { Net } from "./net.ts";

/** A block's value: [1, 8, 4, 4]. */
const CHANNELS = 8;

const norm = (n: Net, x: Value) =>
  n.op("BatchNormalization", [x, n.weight(8), n.weight(8), n.weight(8), n.level(8, 0.7)]);

const transpose = (n: Net, x: Value, ...perm: number[]) => n.op("Transpose", [x], { perm });

/** With what a block on tokens, [1, 16, 8], makes of them. */
const onTokens = (inside: (n: Net, x: Value) => Value) => (n: Net, x: Value): Value => {
  const tokens = transpose(n, n.reshape(x, 1, 8, 16), 0, 2, 1);
  return n.reshape(transpose(n, inside(n, tokens), 0, 2, 1), 1, 8, 4, 4);
};

/** With the channels last, where a block on pictures takes them for columns. */
const turned = (inside: (n: Net, x: Value) => Value) => (n: Net, x: Value): Value =>
  transpose(n, inside(n, transpose(n, x, 0, 2, 3, 1)), 0, 3, 1, 2);

const layerNorm = (n: Net, x: Value) => n.op("LayerNormalization", [x, n.weight(8), n.weight(8)]);

function attention(n: Net, x: Value): Value {
  const packed = transpose(n, n.reshape(n.linear(x, 8, 24), 1, 16, 3, 2, 4), 2, 0, 3, 1, 4);
  const [q, k, v] = n.ops("Split", [packed, n.ints(1, 1, 1)], { axis: 0 }, 3).map((part) =>
    n.op("Squeeze", [part, n.ints(0)])
  );
  const scores = n.op("Softmax", [n.op("MatMul", [q!, transpose(n, k!, 0, 1, 3, 2)])]);
  const mixed = n.reshape(transpose(n, n.op("MatMul", [scores, v!]), 0, 2, 1, 3), 1, 16, 8);
  return n.op("Add", [x, n.linear(mixed, 8, 8)]);
}

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
  norm,
  "instance norm": (n, x) => n.op("InstanceNormalization", [x, n.weight(8), n.weight(8)]),
  "group norm": (n, x) => n.op("GroupNormalization", [x, n.weight(4), n.weight(4)], { num_groups: 4 }),
  "group norm of all, as exported": (n, x) => {
    const y = n.op("InstanceNormalization", [n.reshape(x, 0, 1, -1), n.level(1, 1), n.level(1, 0)]);
    return n.op("Mul", [n.reshape(y, 1, 8, 4, 4), n.weight(8, 1, 1)]);
  },
  "convolution along the channels": (n, x) => {
    const rows = n.op("Conv", [n.reshape(x, 1, 8, 16), n.weight(8, 8, 3)], { pads: [1, 1] });
    return n.op("Mul", [x, n.op("Sigmoid", [n.reshape(rows, 1, 8, 4, 4)])]);
  },
  "efficient channel attention": (n, x) => {
    const mean = transpose(n, n.reshape(n.op("GlobalAveragePool", [x]), 1, 8, 1), 0, 2, 1);
    const gate = n.op("Conv", [mean, n.weight(1, 1, 3)], { pads: [1, 1] });
    return n.op("Mul", [x, n.op("Sigmoid", [n.reshape(transpose(n, gate, 0, 2, 1), 1, 8, 1, 1)])]);
  },
  "pooled across channels": turned((n, x) =>
    n.op("MaxPool", [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
  ),
  "normalized across": turned((n, x) => n.op("InstanceNormalization", [x, n.weight(4), n.weight(4)])),
  "convolution across": turned((n, x) => n.conv(x, 4, 4)),
  "pooled and resized": (n, x) => {
    const half = n.op("AveragePool", [x], { kernel_shape: [2, 2], strides: [2, 2] });
    return n.op("Resize", [half, "", "", n.ints(1, 8, 4, 4)], { mode: "nearest" });
  },
  "transposed convolution": (n, x) => {
    const half = n.op("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] });
    return n.op("ConvTranspose", [half, n.weight(8, 8, 2, 2), n.weight(8)], { strides: [2, 2] });
  },
  "one channel gates all": (n, x) => {
    const gate = n.op("Slice", [x, n.ints(2), n.ints(3), n.ints(1)]);
    return n.op("Mul", [x, n.op("Sigmoid", [gate])]);
  },
  "eight and a gate": (n, x) => {
    const y = n.conv(x, 8, 9, 1);
    const [values, gate] = n.ops("Split", [y, n.ints(8, 1)], { axis: 1 }, 2);
    return n.op("Mul", [values!, gate!]);
  },
  "picked in another order": (n, x) => n.op("Gather", [x, n.ints(7, 3, 1, 1, 0, 5, 6, 2)], { axis: 1 }),
  "backwards": (n, x) => n.op("Slice", [x, n.ints(-1), n.ints(-99), n.ints(1), n.ints(-1)]),
  "one taken out": (n, x) =>
    n.op("Add", [
      x,
      n.op("Unsqueeze", [n.op("Gather", [x, n.op("Squeeze", [n.ints(2)])], { axis: 1 }), n.ints(1)]),
    ]),
  "mean over channels": (n, x) => n.op("Sub", [x, n.op("ReduceMean", [x, n.ints(1)])]),
  "length over channels": (n, x) =>
    n.op("Div", [x, n.op("Add", [n.op("ReduceL2", [x, n.ints(1)]), n.number(1)])]),
  "largest of two halves": (n, x) => {
    const [a, b] = n.ops("Split", [n.conv(x, 8, 16, 1)], { axis: 1, num_outputs: 2 }, 2);
    return n.op("Max", [a!, b!]);
  },
  "compared": (n, x) => n.op("Where", [n.op("Greater", [x, n.conv(x, 8, 8, 1)]), x, n.weight(8, 1, 1)]),
  "slopes": (n, x) => n.op("PRelu", [x, n.weight(8, 1, 1)]),
  "clipped above zero": (n, x) => n.op("Clip", [x, n.number(0.1), n.number(6)]),
  "softmax over channels": (n, x) => n.op("Mul", [x, n.op("Softmax", [x], { axis: 1 })]),
  "running sums along rows": (n, x) => n.op("CumSum", [x, n.ints(2)]),
  "neighbours": (n, x) => n.op("LRN", [x], { size: 3, alpha: float(0.1) }),
  "repeated": (n, x) => n.op("Add", [x, n.op("Tile", [n.op("GlobalMaxPool", [x]), n.ints(1, 1, 4, 4)])]),
  "expanded": (n, x) => n.op("Mul", [x, n.op("Expand", [n.weight(8, 1, 1), n.ints(1, 8, 4, 4)])]),
  "shape from the graph": (n, x) => {
    const batch = n.op("Slice", [n.op("Shape", [x]), n.ints(0), n.ints(1)]);
    const flat = n.op("Reshape", [x, n.op("Concat", [batch, n.ints(-1)], { axis: 0 })]);
    const back = n.op("Concat", [batch, n.ints(8, 4, 4)], { axis: 0 });
    return n.op("Reshape", [n.op("Tanh", [flat]), back]);
  },
  "zeros of the same shape": (n, x) => {
    const zeros = n.op("ConstantOfShape", [n.op("Shape", [x])]);
    return n.op("Add", [n.conv(x, 8, 8, 1), zeros]);
  },
  attention: onTokens(attention),
  "layer norm and a hidden layer": onTokens((n, x) => {
    const hidden = n.op("Gelu", [n.linear(layerNorm(n, x), 8, 12)]);
    return n.op("Add", [x, n.linear(hidden, 12, 8)]);
  }),
  "gated hidden layer": onTokens((n, x) =>
    n.linear(n.op("Mul", [n.op("Sigmoid", [n.linear(x, 8, 6)]), n.linear(x, 8, 6)]), 6, 8)
  ),
  "token mixing": onTokens((n, x) => {
    const mixed = n.op("Conv", [x, n.weight(12, 16, 1), n.weight(12)]);
    return n.op("Conv", [n.op("Relu", [mixed]), n.weight(16, 12, 1), n.weight(16)]);
  }),
  "norm over tokens": onTokens((n, x) =>
    n.op("BatchNormalization", [x, n.weight(16), n.weight(16), n.weight(16), n.level(16, 0.7)])
  ),
};

/** The blocks one after the other, between two convolutions: input "x" of {@linkcode RANDOM_INPUT}, output "y". */
export function randomNetwork(names: readonly string[]): Model {
  const n = new Net();
  let x = n.conv(n.g.input("x", "float32", RANDOM_INPUT), 3, CHANNELS);
  for (const name of names) x = BLOCKS[name]!(n, x);
  n.g.output(n.conv(x, CHANNELS, 2), "y");
  return n.g.model();
}

/** Sizes of what random networks read. */
export const RANDOM_INPUT: number[] = [1, 3, 4, 4];
