import type { Value } from "../../lib/onnx/builder.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import type { NetCase } from "./net.ts";

/** What each operator and ways of putting them together do to channels. */
export const OPERATORS: Record<string, NetCase> = {
  plain: [4, [2, 3, 5, 5], (n, x) => n.conv(n.op("Relu", [n.conv(x, 3, 4)]), 4, 2)],
  "nonzero activation": [4, [2, 3, 5, 5], (n, x) => n.conv(n.op("Sigmoid", [n.conv(x, 3, 4)]), 4, 2)],
  depthwise: [4, [2, 3, 5, 5], (n, x) => n.conv(n.op("Relu", [n.conv(n.conv(x, 3, 4), 4, 4, 3, 4)]), 4, 2)],
  "depthwise multiplier": [4, [2, 3, 5, 5], (n, x) => n.conv(n.conv(n.conv(x, 3, 4), 4, 8, 3, 4), 8, 2)],
  "few groups": [6, [2, 3, 5, 5], (n, x) => n.conv(n.conv(n.conv(x, 3, 6), 6, 6, 3, 2), 6, 2)],
  residual: [4, [2, 3, 5, 5], (n, x) => {
    const y = n.conv(x, 3, 4);
    return n.conv(n.op("Relu", [n.op("Add", [y, n.conv(y, 4, 4)])]), 4, 2);
  }],
  concat: [9, [2, 3, 5, 5], (n, x) => {
    const y = n.conv(x, 3, 4);
    return n.conv(n.op("Concat", [y, n.conv(y, 4, 5)], { axis: 1 }), 9, 2);
  }],
  split: [8, [2, 3, 5, 5], (n, x) => {
    const [a, b] = n.ops("Split", [n.conv(x, 3, 8)], { axis: 1, num_outputs: 2 }, 2);
    return n.op("Add", [n.conv(a!, 4, 2), n.conv(b!, 4, 2)]);
  }],
  "squeeze and excitation": [7, [2, 3, 5, 5], (n, x) => {
    const y = n.conv(x, 3, 4);
    const s = n.conv(n.op("Relu", [n.conv(n.op("GlobalAveragePool", [y]), 4, 3, 1)]), 3, 4, 1);
    return n.conv(n.op("Mul", [y, n.op("Sigmoid", [s])]), 4, 2);
  }],
  "option A": [8, [2, 3, 6, 6], (n, x) => {
    const y = n.conv(x, 3, 4);
    const cut = n.op("Slice", [
      y,
      n.g.constant(int64([0, 0])),
      n.g.constant(int64([99, 99])),
      n.g.constant(int64([2, 3])),
      n.g.constant(int64([2, 2])),
    ]);
    const padded = n.op("Pad", [cut, n.g.constant(int64([0, 2, 0, 0, 0, 2, 0, 0]))]);
    const z = n.op("AveragePool", [n.conv(y, 4, 8)], { kernel_shape: [2, 2], strides: [2, 2] });
    return n.conv(n.op("Add", [z, padded]), 8, 2);
  }],
  "channel slice with a step": [6, [2, 3, 4, 4], (n, x) => {
    const y = n.conv(x, 3, 6);
    const cut = n.op("Slice", [
      y,
      n.g.constant(int64([1])),
      n.g.constant(int64([6])),
      n.g.constant(int64([1])),
      n.g.constant(int64([2])),
    ]);
    return n.op("Add", [n.conv(cut, 3, 2), n.conv(y, 6, 2)]);
  }],
  flatten: [4, [2, 3, 3, 3], (n, x) => n.linear(n.op("Flatten", [n.conv(x, 3, 4)]), 36, 2)],
  "channel shuffle": [4, [2, 3, 3, 3], (n, x) => {
    const y = n.reshape(n.conv(x, 3, 8), 2, 2, 4, 3, 3);
    return n.conv(n.reshape(n.op("Transpose", [y], { perm: [0, 2, 1, 3, 4] }), 2, 8, 3, 3), 8, 2);
  }],
  "pixel shuffle": [3, [2, 3, 3, 3], (n, x) => {
    const y = n.op("DepthToSpace", [n.conv(x, 3, 12)], { blocksize: 2, mode: "CRD" });
    return n.conv(y, 3, 2);
  }],
  "transposed convolution and skip": [8, [2, 3, 4, 4], (n, x) => {
    const y = n.conv(x, 3, 4);
    const up = n.op("ConvTranspose", [
      n.op("MaxPool", [y], { kernel_shape: [2, 2], strides: [2, 2] }),
      n.weight(4, 4, 2, 2),
      n.weight(4),
    ], { strides: [2, 2] });
    return n.conv(n.op("Concat", [up, y], { axis: 1 }), 8, 2);
  }],
  "group norm": [2, [2, 3, 3, 3], (n, x) => {
    const y = n.reshape(n.conv(x, 3, 4), 0, 2, -1);
    const normed = n.op("InstanceNormalization", [
      y,
      n.g.constant(float32([1, 1])),
      n.g.constant(float32([0, 0])),
    ]);
    const scaled = n.op("Mul", [n.reshape(normed, 2, 4, 3, 3), n.weight(4, 1, 1)]);
    return n.conv(n.op("Add", [scaled, n.weight(4, 1, 1)]), 4, 2);
  }],
  "attention heads": [3, [2, 5, 6], (n, x) => {
    const heads = (y: Value, perm: number[]) => n.op("Transpose", [n.reshape(y, 0, 0, 3, 2)], { perm });
    const [q, k, v] = [n.linear(x, 6, 6), n.linear(x, 6, 6), n.linear(x, 6, 6)];
    const scores = n.op("Softmax", [n.op("MatMul", [heads(q, [0, 2, 1, 3]), heads(k, [0, 2, 3, 1])])], {
      axis: -1,
    });
    const mixed = n.op("Transpose", [n.op("MatMul", [scores, heads(v, [0, 2, 1, 3])])], {
      perm: [0, 2, 1, 3],
    });
    return n.linear(n.reshape(mixed, 0, 0, 6), 6, 6);
  }],
  "packed query, key and value": [3, [2, 5, 6], (n, x) => {
    const packed = n.op("Transpose", [n.reshape(n.linear(x, 6, 18), 2, 5, 3, 3, 2)], {
      perm: [2, 0, 3, 1, 4],
    });
    const [q, k, v] = [0, 1, 2].map((i) =>
      n.op("Gather", [packed, n.g.constant(int64([i], []))], { axis: 0 })
    );
    const scores = n.op("Softmax", [
      n.op("MatMul", [q!, n.op("Transpose", [k!], { perm: [0, 1, 3, 2] })]),
    ], { axis: -1 });
    const mixed = n.op("Transpose", [n.op("MatMul", [scores, v!])], { perm: [0, 2, 1, 3] });
    return n.linear(n.reshape(mixed, 2, 5, 6), 6, 6);
  }],
  "sizes computed by the graph": [7, [2, 5, 6], (n, x) => {
    const y = n.linear(x, 6, 6);
    const part = (i: number) => n.op("Gather", [n.op("Shape", [y]), n.g.constant(int64([i]))], { axis: 0 });
    const size = n.op("Div", [part(2), n.g.constant(int64([3]))]);
    const to = n.op("Concat", [part(0), part(1), n.g.constant(int64([3])), size], { axis: 0 });
    const back = n.op("Concat", [part(0), part(1), n.g.constant(int64([-1]))], { axis: 0 });
    const z = n.op("Reshape", [n.op("Relu", [n.op("Reshape", [y, to])]), back]);
    return n.linear(n.linear(z, 6, 4), 4, 6);
  }],
  "gated linear unit": [
    4,
    [2, 6],
    (n, x) => n.linear(n.op("Mul", [n.op("Sigmoid", [n.linear(x, 6, 4)]), n.linear(x, 6, 4)]), 4, 2),
  ],
  "group normalization": [2 + 3, [2, 3, 3, 3], (n, x) => {
    const y = n.op("GroupNormalization", [n.conv(x, 3, 4), n.weight(2), n.weight(2)], { num_groups: 2 });
    return n.conv(n.conv(y, 4, 3), 3, 2);
  }],
  "resize to sizes": [
    4,
    [2, 3, 3, 3],
    (n, x) =>
      n.conv(n.op("Resize", [n.conv(x, 3, 4), "", "", n.ints(2, 4, 6, 6)], { mode: "nearest" }), 4, 2),
  ],
  "a bias of two numbers": [2, [2, 3], (n, x) => n.linear(n.op("Relu", [n.linear(x, 3, 2)]), 2, 2)],
  // PyTorch counts paddings in pairs from the last axis; its exporter turns them round in the graph.
  "paddings in PyTorch's order": [4 + 2, [2, 3, 3, 3], (n, x) => {
    const pairs = n.reshape(n.ints(1, 1, 1, 1, 0, 2, 0, 0), -1, 2);
    const turned = n.op("Slice", [pairs, n.ints(-1), n.ints(-9), n.ints(0), n.ints(-1)]);
    const pads = n.reshape(n.op("Transpose", [turned], { perm: [1, 0] }), -1);
    return n.conv(n.op("Pad", [n.conv(x, 3, 4), pads]), 6, 2);
  }],
  "resize by scales computed in the graph": [4, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 4);
    const ratio = n.op("Div", [n.g.constant(float32([6, 6])), n.g.constant(float32([3, 3]))]);
    const scales = n.op("Concat", [n.g.constant(float32([1, 1])), ratio], { axis: 0 });
    return n.conv(n.op("Resize", [y, "", scales], { mode: "nearest" }), 4, 2);
  }],
  "one number expanded along channels": [4, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 4);
    return n.conv(n.op("Add", [y, n.op("Expand", [n.weight(1, 1, 1), n.ints(4, 3, 3)])]), 4, 2);
  }],
  "divided by its size": [4, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 4);
    return n.conv(n.op("Div", [y, n.op("Cast", [n.op("Size", [y])], { to: 1 })]), 4, 2);
  }],
  // Place k of both groups, before and after.
  "transposed convolution in groups": [3 + 3, [2, 3, 3, 3], (n, x) => {
    const up = n.op("ConvTranspose", [n.conv(x, 3, 6), n.weight(6, 3, 2, 2), n.weight(6)], {
      group: 2,
      strides: [2, 2],
    });
    return n.conv(up, 6, 2);
  }],
  "transposed convolution per channel": [4, [2, 3, 3, 3], (n, x) => {
    const up = n.op("ConvTranspose", [n.conv(x, 3, 4), n.weight(4, 1, 2, 2), n.weight(4)], {
      group: 4,
      strides: [2, 2],
    });
    return n.conv(up, 4, 2);
  }],
  "weights in half precision": [4 + 3, [2, 3], (n, x) => {
    const linear = (y: Value, from: number, to: number) =>
      n.op("MatMul", [y, n.op("Cast", [n.half(from, to)], { to: 1 })]);
    return linear(n.op("Relu", [linear(n.op("Relu", [linear(x, 3, 4)]), 4, 3)]), 3, 2);
  }],
  // Four are picked once; channel 1 never and channel 3 twice, so each is alone; and two are summed.
  "channels picked by constant indices": [4 + 2, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 6);
    const picked = n.op("Gather", [y, n.ints(3, 0, -1, 3, 2, 4)], { axis: 1 });
    return n.conv(n.op("Add", [n.conv(picked, 6, 2), n.conv(y, 6, 2)]), 2, 2);
  }],
  "one channel taken out": [5 + 2, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 6);
    const one = n.op("Gather", [y, n.g.constant(int64([2], []))], { axis: 1 });
    const sum = n.op("Add", [n.conv(y, 6, 2), n.op("Unsqueeze", [one, n.ints(1)])]);
    return n.conv(sum, 2, 2);
  }],
  "softmax over channels": [
    0,
    [2, 6],
    (n, x) => n.linear(n.op("Softmax", [n.linear(x, 6, 4)], { axis: -1 }), 4, 2),
  ],
  // Channels that lie on an axis of which most operators say nothing. [N, tokens, features] unless told otherwise.
  "norm over tokens": [5, [2, 4, 3], (n, x) => {
    const normed = n.op("BatchNormalization", [
      n.op("MatMul", [x, n.weight(3, 5)]),
      n.weight(4),
      n.weight(4),
      n.weight(4),
      n.level(4, 0.7),
    ]);
    return n.linear(normed, 5, 2);
  }],
  "tokens mixed by a convolution of one place": [5 + 6, [2, 4, 3], (n, x) => {
    const y = n.linear(x, 3, 5);
    const hidden = n.op("Relu", [n.op("Conv", [y, n.weight(6, 4, 1), n.weight(6)])]);
    return n.linear(n.op("Conv", [hidden, n.weight(4, 6, 1)]), 5, 2);
  }],
  "a convolution slides over features": [0, [2, 4, 3], (n, x) => {
    const y = n.op("Conv", [n.linear(x, 3, 5), n.weight(4, 4, 3)], { pads: [1, 1] });
    return n.linear(y, 5, 2);
  }],
  "a transposed convolution over features": [0, [2, 4, 3], (n, x) => {
    const y = n.op("ConvTranspose", [n.linear(x, 3, 5), n.weight(4, 4, 2)]);
    return n.linear(y, 6, 2);
  }],
  "pooled over features": [0, [2, 4, 3], (n, x) => {
    const y = n.op("MaxPool", [n.linear(x, 3, 6)], { kernel_shape: [2], strides: [2] });
    return n.linear(y, 3, 2);
  }],
  "pooled over features altogether": [0, [2, 4, 3], (n, x) => {
    const y = n.op("GlobalAveragePool", [n.linear(x, 3, 6)]);
    return n.linear(y, 1, 2);
  }],
  "pooled beside features": [6, [2, 4, 4, 3], (n, x) => {
    const y = n.op("AveragePool", [n.linear(x, 3, 6)], { kernel_shape: [2, 1], strides: [2, 1] });
    return n.linear(y, 6, 2);
  }],
  "instance norm over features": [0, [2, 4, 3], (n, x) => {
    const y = n.op("InstanceNormalization", [n.linear(x, 3, 5), n.weight(4), n.weight(4)]);
    return n.linear(y, 5, 2);
  }],
  "GroupNorm(1, C), as exported": [0, [2, 3, 3, 3], (n, x) => {
    const normed = n.op("InstanceNormalization", [
      n.reshape(n.conv(x, 3, 4), 0, 1, -1),
      n.level(1, 1),
      n.level(1, 0),
    ]);
    const scaled = n.op("Mul", [n.reshape(normed, 2, 4, 3, 3), n.weight(4, 1, 1)]);
    return n.conv(n.op("Add", [scaled, n.weight(4, 1, 1)]), 4, 2);
  }],
  "GroupNormalization over features": [0, [2, 4, 3], (n, x) => {
    const y = n.op("GroupNormalization", [n.linear(x, 3, 5), n.weight(2), n.weight(2)], { num_groups: 2 });
    return n.linear(y, 5, 2);
  }],
  "blocks cut along features": [0, [2, 4, 4, 3], (n, x) => {
    const y = n.op("SpaceToDepth", [n.linear(x, 3, 6)], { blocksize: 2 });
    return n.linear(y, 3, 2);
  }],
  "blocks filled along features": [0, [2, 4, 4, 3], (n, x) => {
    const y = n.op("DepthToSpace", [n.linear(x, 3, 6)], { blocksize: 2 });
    return n.linear(y, 12, 2);
  }],
  "features stretched, named by their axis": [0, [2, 2, 4, 3], (n, x) => {
    const scales = n.g.constant(float32([2, 2]));
    const y = n.op("Resize", [n.linear(x, 3, 5), "", scales], { axes: [2, 3], mode: "nearest" });
    return n.linear(y, 10, 2);
  }],
  "pixels stretched, named by their axes": [5, [2, 3, 4, 4], (n, x) => {
    const scales = n.g.constant(float32([2, 2]));
    const y = n.op("Resize", [n.conv(x, 3, 5), "", scales], { axes: [2, 3], mode: "nearest" });
    return n.conv(y, 5, 2);
  }],
  "sums along the height": [4, [2, 3, 4, 4], (n, x) => {
    const y = n.op("CumSum", [n.conv(x, 3, 4), n.g.constant(int64([2], []))]);
    return n.conv(y, 4, 2);
  }],
  // Each of the four gates the other channels, so none may go.
  "a gate cut out as one channel": [4, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 5);
    const cut = (from: number, to: number) => n.op("Slice", [y, n.ints(from), n.ints(to), n.ints(1)]);
    return n.conv(n.op("Mul", [cut(0, 4), n.op("Sigmoid", [cut(4, 5)])]), 4, 2);
  }],
  // Two heads of three; query, key and value are cut out of the packed axis and squeezed.
  "packed query, key and value, unbound": [2, [2, 5, 6], (n, x) => {
    const packed = n.op("Transpose", [n.reshape(n.linear(x, 6, 18), 2, 5, 3, 2, 3)], {
      perm: [2, 0, 3, 1, 4],
    });
    const [q, k, v] = n.ops("Split", [packed, n.ints(1, 1, 1)], { axis: 0 }, 3)
      .map((part) => n.op("Squeeze", [part, n.ints(0)]));
    const keys = n.op("Transpose", [k!], { perm: [0, 1, 3, 2] });
    const scores = n.op("Softmax", [n.op("MatMul", [q!, keys])], { axis: -1 });
    const mixed = n.op("Transpose", [n.op("MatMul", [scores, v!])], { perm: [0, 2, 1, 3] });
    return n.linear(n.reshape(mixed, 2, 5, 6), 6, 6);
  }],
  // The same channels on two axes: the products of all pairs need them all where a convolution slides over them.
  "a matrix of products, slid over": [0, [2, 4, 3], (n, x) => {
    const y = n.linear(x, 3, 5);
    const pairs = n.op("MatMul", [n.op("Transpose", [y], { perm: [0, 2, 1] }), y]);
    const slid = n.op("Conv", [pairs, n.weight(2, 5, 3), n.weight(2)], { pads: [1, 1] });
    return n.linear(slid, 5, 2);
  }],
  // The stream itself, and what the block has inside: masked channels add nothing to a mean of squares.
  "a stream under an RMS norm": [6 + 4, [2, 5, 3], (n, x) => {
    const y = n.linear(x, 3, 6);
    const squares = n.op("Pow", [y, n.number(2)]);
    const mean = n.op("ReduceMean", [squares, n.ints(-1)], { keepdims: 1 });
    const root = n.op("Sqrt", [n.op("Add", [mean, n.number(0.1)])]);
    const normed = n.op("Mul", [n.op("Mul", [y, n.op("Reciprocal", [root])]), n.weight(6)]);
    const inside = n.op("Relu", [n.linear(normed, 6, 4)]);
    return n.linear(n.op("Add", [y, n.linear(inside, 4, 6)]), 6, 2);
  }],
  "a global response norm": [6, [2, 3, 4, 4], (n, x) => {
    const y = n.conv(x, 3, 6);
    const size = n.op("ReduceL2", [y, n.ints(2, 3)], { keepdims: 1 });
    const mean = n.op("ReduceMean", [size, n.ints(1)], { keepdims: 1 });
    const scaled = n.op("Mul", [y, n.op("Div", [size, n.op("Add", [mean, n.number(0.1)])])]);
    const shifted = n.op("Add", [n.op("Mul", [scaled, n.weight(6, 1, 1)]), n.weight(6, 1, 1)]);
    return n.conv(n.op("Add", [y, shifted]), 6, 2);
  }],
  // The mean of everything, with a factor of its own behind it.
  "an image's mean, scaled": [6, [2, 3, 4, 4], (n, x) => {
    const y = n.conv(x, 3, 6);
    const mean = n.op("ReduceMean", [y, n.ints(1, 2, 3)], { keepdims: 1 });
    return n.conv(n.op("Mul", [y, n.op("Sigmoid", [n.op("Mul", [mean, n.number(3)])])]), 6, 2);
  }],
  // Operands of which only size or type is read.
  "a state of zeros like it": [4, ["N", 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 4);
    const zeros = n.op("ConstantOfShape", [n.op("Shape", [y])]);
    return n.conv(n.op("Add", [y, n.op("Mul", [zeros, n.op("Sigmoid", [y])])]), 4, 2);
  }],
  "a state of ones like it": [4, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 4);
    const ones = n.op("ConstantOfShape", [n.op("Shape", [y])], { value: float32([1]) });
    return n.conv(n.op("Sub", [ones, y]), 4, 2);
  }],
  "zeros as a bias, as many as the weight has": [4, [2, 3, 3, 3], (n, x) => {
    const w = n.weight(4, 3, 1, 1);
    const size = n.op("Slice", [n.op("Shape", [w]), n.ints(0), n.ints(1), n.ints(0)]);
    return n.conv(n.op("Conv", [x, w, n.op("ConstantOfShape", [size])]), 4, 2);
  }],
  "in the type of another": [4 + 5, [2, 3, 3, 3], (n, x) => {
    const [y, z] = [n.conv(x, 3, 4), n.conv(x, 3, 5)];
    return n.op("Add", [n.conv(n.op("CastLike", [y, z]), 4, 2), n.conv(z, 5, 2)]);
  }],
  "the unit matrix of its size": [3 + 3, [4, 3], (n, x) => {
    const y = n.linear(x, 3, 3);
    const eye = n.op("EyeLike", [y]);
    return n.op("MatMul", [
      n.op("MatMul", [eye, n.weight(3, 3)]),
      n.op("MatMul", [n.weight(3, 4), n.linear(y, 3, 2)]),
    ]);
  }],
  // Engines refuse to pool nothing: one of each half stays.
  "halves pooled by themselves": [4, [2, 3, 5, 5], (n, x) => {
    const halves = n.ops("Split", [n.conv(x, 3, 4), n.ints(2, 2)], { axis: 1 }, 2);
    const pooled = halves.map((half) =>
      n.op("MaxPool", [half], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })
    );
    return n.conv(n.op("Concat", pooled, { axis: 1 }), 4, 2);
  }],
};
