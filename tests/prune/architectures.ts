import type { Value } from "../../lib/onnx/builder.ts";
import { int64, Tensor } from "../../lib/tensor/tensor.ts";
import type { Net, NetCase } from "./net.ts";

/** x · w + b over the last axis, then cut into heads: [N, T, heads·size] → [N, heads, T, size]. */
function heads(n: Net, x: Value, shape: number[]): Value {
  return n.op("Transpose", [n.reshape(x, ...shape)], { perm: [0, 2, 1, 3] });
}

function attend(n: Net, q: Value, k: Value, v: Value, mask?: Value): Value {
  const products = n.op("MatMul", [q, n.op("Transpose", [k], { perm: [0, 1, 3, 2] })]);
  const scores = n.op("Mul", [products, n.number(0.5)]);
  const seen = mask === undefined ? scores : n.op("Where", [mask, scores, n.number(-1e9)]);
  return n.op("MatMul", [n.op("Softmax", [seen], { axis: -1 }), v]);
}

const norm = (n: Net, x: Value, channels: number): Value =>
  n.op("BatchNormalization", [
    x,
    n.weight(channels),
    n.weight(channels),
    n.weight(channels),
    n.level(channels, 0.7),
  ]);

const layerNorm = (n: Net, x: Value, size: number): Value =>
  n.op("LayerNormalization", [x, n.weight(size), n.weight(size)], { axis: -1 });

const gate = (n: Net, x: Value, op: string, attributes = {}): Value =>
  n.op("Mul", [x, n.op(op, [x], attributes)]);

/** The essential block of well-known networks, as PyTorch's two exporters write them. */
export const ARCHITECTURES: Record<string, NetCase> = {
  // Two hidden widths; the stream between the blocks.
  "MobileNetV2: inverted residuals": [6 + 6 + 4, [2, 3, 4, 4], (n, x) => {
    const block = (y: Value) => {
      const wide = n.op("Clip", [norm(n, n.conv(y, 4, 6, 1), 6), n.number(0), n.number(6)]);
      return norm(n, n.conv(n.conv(wide, 6, 6, 3, 6), 6, 4, 1), 4);
    };
    const y = n.conv(x, 3, 4);
    const z = n.op("Add", [y, block(y)]);
    return n.conv(n.op("Add", [z, block(z)]), 4, 2);
  }],
  "MobileNetV3: squeeze and excitation after a depthwise convolution": [6 + 3, [2, 4, 4, 4], (n, x) => {
    const y = n.op("HardSwish", [n.conv(n.conv(x, 4, 6, 1), 6, 6, 3, 6)]);
    const squeezed = n.op("Relu", [n.conv(n.op("GlobalAveragePool", [y]), 6, 3, 1)]);
    return n.conv(n.op("Mul", [n.op("HardSigmoid", [n.conv(squeezed, 3, 6, 1)]), y]), 6, 2, 1);
  }],
  "EfficientNet: SiLU": [6 + 2, [2, 4, 4, 4], (n, x) => {
    const y = gate(n, norm(n, n.conv(x, 4, 6, 1), 6), "Sigmoid");
    const mean = n.op("ReduceMean", [y, n.ints(2, 3)], { keepdims: 1 });
    const squeezed = gate(n, n.conv(mean, 6, 2, 1), "Sigmoid");
    return n.conv(n.op("Mul", [y, n.op("Sigmoid", [n.conv(squeezed, 2, 6, 1)])]), 6, 2, 1);
  }],
  "DenseNet: norms of all that came before": [3 + 2 + 2, [2, 3, 3, 3], (n, x) => {
    const grow = (y: Value, from: number) =>
      n.op("Concat", [y, n.conv(n.op("Relu", [norm(n, y, from)]), from, 2)], { axis: 1 });
    const y = grow(grow(n.conv(x, 3, 3), 3), 5);
    return n.conv(n.op("Relu", [norm(n, y, 7)]), 7, 2);
  }],
  "ShuffleNetV2: half is passed on, then both are shuffled": [8 + 3, [2, 3, 3, 3], (n, x) => {
    const [pass, work] = n.ops("Split", [n.conv(x, 3, 8), n.ints(4, 4)], { axis: 1 }, 2);
    const worked = n.conv(n.conv(n.conv(work!, 4, 3, 1), 3, 3, 3, 3), 3, 4, 1);
    const grouped = n.reshape(n.op("Concat", [pass!, worked], { axis: 1 }), -1, 2, 4, 3, 3);
    const shuffled = n.reshape(n.op("Transpose", [grouped], { perm: [0, 2, 1, 3, 4] }), -1, 8, 3, 3);
    return n.conv(shuffled, 8, 2);
  }],
  "Inception: four branches": [4 + 2 + 3 + 3 + 2 + 4, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 4);
    const pooled = n.op("MaxPool", [y], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    const branches = [n.conv(y, 4, 2, 1), n.conv(n.conv(y, 4, 3, 1), 3, 3), n.conv(pooled, 4, 2, 1)];
    return n.conv(n.op("Concat", [...branches, n.conv(y, 4, 4, 1)], { axis: 1 }), 11, 2);
  }],
  // Place k of every group leaves as one: three in, three out, and the stream.
  "ResNeXt: a grouped bottleneck": [4 + 3 + 3, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 4);
    const wide = n.op("Relu", [n.conv(n.op("Relu", [n.conv(y, 4, 6, 1)]), 6, 6, 3, 2)]);
    return n.conv(n.op("Add", [y, n.conv(wide, 6, 4, 1)]), 4, 2);
  }],
  "VGG: a map flattened into a classifier": [4 + 5, [2, 3, 4, 4], (n, x) => {
    const y = n.op("MaxPool", [n.conv(x, 3, 4)], { kernel_shape: [2, 2], strides: [2, 2] });
    const flat = n.op("Flatten", [y], { axis: 1 });
    const hidden = n.op("Gemm", [flat, n.weight(5, 16), n.weight(5)], { transB: 1 });
    return n.op("Gemm", [n.op("Relu", [hidden]), n.weight(2, 5), n.weight(2)], { transB: 1 });
  }],
  // The stream is normalized over its channels, so only the hidden width of the block is free.
  "ConvNeXt: norms over channels that are last": [7, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 4);
    const last = n.op("Transpose", [n.conv(y, 4, 4, 3, 4)], { perm: [0, 2, 3, 1] });
    const block = n.linear(n.op("Gelu", [n.linear(layerNorm(n, last, 4), 4, 7)]), 7, 4);
    const first = n.op("Transpose", [block], { perm: [0, 3, 1, 2] });
    return n.conv(n.op("Add", [y, n.op("Mul", [n.weight(4, 1, 1), first])]), 4, 2);
  }],
  // nn.MultiheadAttention: [T, N, 3·E] → [3, T, N, E] → [T, N·heads, size] → [N, heads, T, size].
  "ViT and nn.TransformerEncoder: heads merged with a batch of unknown size": [3 + 5, ["N", 4, 6], (n, x) => {
    const normed = n.op("Transpose", [layerNorm(n, x, 6)], { perm: [1, 0, 2] });
    const packed = n.reshape(n.linear(normed, 6, 18), 4, -1, 3, 6);
    const first = n.op("Transpose", [n.op("Unsqueeze", [packed, n.ints(0)])], { perm: [3, 1, 2, 0, 4] });
    const parts = n.op("Squeeze", [first, n.ints(-2)]);
    const [q, k, v] = [0, 1, 2].map((i) => {
      const part = n.op("Gather", [parts, n.g.constant(int64([i], []))], { axis: 0 });
      const merged = n.op("Transpose", [n.reshape(part, 4, -1, 2)], { perm: [1, 0, 2] });
      return n.reshape(merged, -1, 3, 4, 2);
    });
    const mixed = n.op("Transpose", [attend(n, q!, k!, v!)], { perm: [2, 0, 1, 3] });
    const out = n.op("Gemm", [n.reshape(mixed, -1, 6), n.weight(6, 6), n.weight(6)], { transB: 1 });
    const y = n.op("Add", [x, n.op("Transpose", [n.reshape(out, 4, -1, 6)], { perm: [1, 0, 2] })]);
    return n.op("Add", [y, n.linear(n.op("Gelu", [n.linear(layerNorm(n, y, 6), 6, 5)]), 5, 6)]);
  }],
  "The same with a batch of two": [3, [4, 2, 6], (n, x) => {
    const [q, k, v] = [0, 1, 2].map(() => {
      const merged = n.op("Transpose", [n.reshape(n.linear(x, 6, 6), 4, 6, 2)], { perm: [1, 0, 2] });
      return n.reshape(merged, 2, 3, 4, 2);
    });
    // Keys are merged with the batch once more, transposed and split again.
    const keys = n.op("Transpose", [n.reshape(k!, -1, 4, 2)], { perm: [0, 2, 1] });
    const scores = n.op("Softmax", [n.op("MatMul", [q!, n.reshape(keys, 2, 3, 2, 4)])], { axis: -1 });
    const mixed = n.op("Transpose", [n.op("MatMul", [scores, v!])], { perm: [2, 0, 1, 3] });
    return n.linear(n.reshape(mixed, 4, 2, 6), 6, 6);
  }],
  // Sizes are read from the batch and multiplied on the way, as the older exporter writes it.
  "Heads merged with a batch, by sizes computed in the graph": [3, ["N", 4, 6], (n, x) => {
    const size = n.op("Gather", [n.op("Shape", [x]), n.ints(0)], { axis: 0 });
    const merged = (y: Value) => {
      const apart = n.op("Concat", [size, n.ints(4, 3, 2)], { axis: 0 });
      const swapped = n.op("Transpose", [n.op("Reshape", [y, apart])], { perm: [0, 2, 1, 3] });
      const to = n.op("Concat", [n.op("Mul", [size, n.ints(3)]), n.ints(4, 2)], { axis: 0 });
      return n.op("Reshape", [swapped, to]);
    };
    const [q, k, v] = [0, 1, 2].map(() => merged(n.linear(x, 6, 6)));
    const scores = n.op("Softmax", [n.op("MatMul", [q!, n.op("Transpose", [k!], { perm: [0, 2, 1] })])]);
    const mixed = n.op("MatMul", [scores, v!]);
    const count = n.op("Div", [n.op("Gather", [n.op("Shape", [mixed]), n.ints(0)]), n.ints(3)]);
    const apart = n.op("Reshape", [mixed, n.op("Concat", [count, n.ints(3, 4, 2)], { axis: 0 })]);
    return n.linear(n.reshape(n.op("Transpose", [apart], { perm: [0, 2, 1, 3] }), 0, 4, 6), 6, 6);
  }],
  "GPT: a fused product split in three, and a causal mask": [3 + 7, ["N", 4, 6], (n, x) => {
    const parts = n.ops("Split", [n.linear(layerNorm(n, x, 6), 6, 18), n.ints(6, 6, 6)], { axis: -1 }, 3);
    const [q, k, v] = parts.map((part) => heads(n, part, [0, 0, 3, 2]));
    const causal = new Tensor("bool", Uint8Array.from({ length: 16 }, (_, i) => Number(i % 4 <= i >> 2)), [
      4,
      4,
    ]);
    const mixed = heads(n, attend(n, q!, k!, v!, n.g.constant(causal)), [0, 3, 4, 2]);
    const y = n.op("Add", [x, n.linear(n.reshape(mixed, 0, 0, 6), 6, 6)]);
    return n.op("Add", [y, n.linear(n.op("Gelu", [n.linear(layerNorm(n, y, 6), 6, 7)]), 7, 6)]);
  }],
  // [N, 4, 4, E] → windows of 2×2 → heads, with a learned bias per head and pair of places.
  "Swin: attention in windows": [2, ["N", 4, 4, 4], (n, x) => {
    const places = n.op("Transpose", [n.reshape(layerNorm(n, x, 4), -1, 2, 2, 2, 2, 4)], {
      perm: [0, 1, 3, 2, 4, 5],
    });
    const packed = n.reshape(n.linear(n.reshape(places, -1, 4, 4), 4, 12), -1, 4, 3, 2, 2);
    const parts = n.op("Transpose", [packed], { perm: [2, 0, 3, 1, 4] });
    const [q, k, v] = [0, 1, 2].map((i) =>
      n.op("Gather", [parts, n.g.constant(int64([i], []))], { axis: 0 })
    );
    const pairs = n.ints(...Array.from({ length: 16 }, (_, i) => i % 9));
    const bias = n.op(
      "Transpose",
      [n.reshape(n.op("Gather", [n.weight(9, 2), pairs], { axis: 0 }), 4, 4, 2)],
      {
        perm: [2, 0, 1],
      },
    );
    const scores = n.op("MatMul", [q!, n.op("Transpose", [k!], { perm: [0, 1, 3, 2] })]);
    const biased = n.op("Add", [scores, n.op("Unsqueeze", [bias, n.ints(0)])]);
    const mixed = n.op("MatMul", [n.op("Softmax", [biased], { axis: -1 }), v!]);
    const flat = n.reshape(n.op("Transpose", [mixed], { perm: [0, 2, 1, 3] }), -1, 4, 4);
    const whole = n.op("Transpose", [n.reshape(n.linear(flat, 4, 4), -1, 2, 2, 2, 2, 4)], {
      perm: [0, 1, 3, 2, 4, 5],
    });
    return n.op("Add", [x, n.reshape(whole, -1, 4, 4, 4)]);
  }],
  "U-Net: bilinear upsampling to the size of the skip": [4 + 5 + 3, [2, 3, 4, 4], (n, x) => {
    const skip = n.conv(x, 3, 4);
    const deep = n.conv(n.op("MaxPool", [skip], { kernel_shape: [2, 2], strides: [2, 2] }), 4, 5);
    const sizes = n.op("Concat", [
      n.op("Slice", [n.op("Shape", [deep]), n.ints(0), n.ints(2), n.ints(0)]),
      n.op("Slice", [n.op("Shape", [skip]), n.ints(2), n.ints(4), n.ints(0)]),
    ], { axis: 0 });
    const up = n.op("Resize", [deep, "", "", sizes], { mode: "linear" });
    return n.conv(n.op("Concat", [n.conv(up, 5, 3), skip], { axis: 1 }), 7, 2);
  }],
  "EDSR: residuals in a stream that is shuffled into pixels": [4 + 3 + 2, [2, 3, 3, 3], (n, x) => {
    const y = n.conv(x, 3, 4);
    const inner = n.conv(n.op("Relu", [n.conv(y, 4, 3)]), 3, 4);
    const z = n.op("Add", [y, n.op("Mul", [inner, n.number(0.1)])]);
    return n.conv(n.op("DepthToSpace", [n.conv(z, 4, 8)], { blocksize: 2, mode: "CRD" }), 2, 3);
  }],
  // Conv, norm and linear read one stored vector of zeros, and one of ones.
  "Equal vectors that an exporter stored once": [4 + 4, [2, 3, 3, 3], (n, x) => {
    const zeros = n.level(4, 0);
    const conv = (y: Value, from: number) =>
      n.op("Relu", [n.op("Conv", [y, n.weight(4, from, 3, 3), zeros], { pads: [1, 1, 1, 1] })]);
    return n.op("Conv", [conv(conv(x, 3), 4), n.weight(4, 4, 1, 1), zeros]);
  }],
};
