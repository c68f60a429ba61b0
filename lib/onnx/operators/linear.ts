import { intAttribute } from "../attribute.ts";
import { addDims, type Dim, multiplyDims, type Shape, shapeSize } from "../dim.ts";
import type { Node } from "../model.ts";
import { einsumSizes, einsumTerms } from "../shapes/einsum.ts";
import { attentionMacs, ownAttentionMacs, packedAttentionMacs } from "./attention_macs.ts";
import { each, type LearnedInput, type MacFacts, type OperatorFacts, type WeightAxes } from "./facts.ts";

const product = (...parts: (Dim | undefined)[]): Dim | undefined =>
  parts.every((part) => part !== undefined) ? parts.reduce(multiplyDims, 1) : undefined;

const plus = (a: Dim | undefined, b: Dim | undefined) =>
  a === undefined || b === undefined ? undefined : addDims(a, b);

const sizeOf = (shape: Shape | undefined) => shape && shapeSize(shape);

const bias: LearnedInput = { role: "bias", neutral: 0 };

/** [out, in, …window], or the other way round. */
const kernel = (out: number): LearnedInput => ({
  role: "weight",
  axes: () => ({ out: [out], summed: [1 - out] }),
});

/** Every output element sums over the weight's channels and window: all axes of the output, and those. */
const convMacs = (weight: number): MacFacts => ({
  count: ({ inputs, output }) => product(sizeOf(output), sizeOf(inputs[weight]?.slice(1))),
  // The output's channels are the weight's; a value has at most a few axes.
  axes: () => [[weight, 0], [weight, 1], ...[0, 2, 3, 4, 5, 6, 7].map((axis) => ["y", axis] as const)],
});

/** Every input element is spread over the weight's channels and window. */
const convTransposeMacs: MacFacts = {
  count: ({ inputs: [x, w] }) => product(sizeOf(x), sizeOf(w?.slice(1))),
  axes: () => [[1, 0], [1, 1], ...[0, 2, 3, 4, 5, 6, 7].map((axis) => [0, axis] as const)],
};

/** The axis of the left side that a product sums over: its last one, or its rows if it is transposed. */
const summedAxis = (node: Node): number =>
  // Rows that are turned with the batch lie before it.
  intAttribute(node, "transA", 0) ? intAttribute(node, "transBatchA", 0) ? 0 : -2 : -1;

const matMulMacs: MacFacts = {
  count: ({ inputs: [a], output }, node) => product(sizeOf(output), a?.at(summedAxis(node))),
  axes: (node) => [
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((axis) => ["y", axis] as const),
    [0, summedAxis(node)],
  ],
};

/** Counts the products with both matrices of every direction, at every step of every sequence. */
const recurrentMacs: MacFacts = {
  count: ({ inputs: [x, w, r] }) => {
    const steps = x && multiplyDims(x[0]!, x[1]!);
    return plus(product(steps, sizeOf(w)), product(steps, sizeOf(r)));
  },
  addends({ inputs: [_, w, r] }) {
    const [read, held] = [Number(w && shapeSize(w)), Number(r && shapeSize(r))];
    const share = read / (read + held);
    return [{ share, axes: [[1, 1], [1, 2]] }, { share: 1 - share, axes: [[2, 1], [2, 2]] }];
  },
};

/** […, M, K] by […, K, N], of which either may be transposed. */
const factor = (input: 0 | 1, role: "weight" = "weight"): LearnedInput => ({
  role,
  axes: (node, rank) => {
    const is = (name: string) => intAttribute(node, `${name}${"AB"[input]}`, 0) === 1;
    const turned = is("trans");
    const [rows, columns] = [is("transBatch") ? 0 : rank - 2, rank - 1];
    const summed = (input === 0) !== turned ? columns : rows;
    return { out: [summed === rows ? columns : rows], summed: [summed] };
  },
});

const factors = { 0: factor(0), 1: factor(1) };

/** An operand of an Einsum: a label that the output lacks is summed over. */
const operand = (input: number): LearnedInput => ({
  role: "weight",
  axes: (node, rank): WeightAxes => {
    const { operands, output } = einsumTerms(node);
    const labels = operands[input] ?? "";
    if (labels.includes(".") || labels.length !== rank) return { out: [], summed: [] };
    const axes = [...labels].map((label, axis) => ({ axis, kept: output.includes(label) }));
    return {
      out: axes.filter(({ kept }) => kept).map(({ axis }) => axis),
      summed: axes.filter(({ kept }) => !kept).map(({ axis }) => axis),
    };
  },
});

/** The axes of the output, each of another label, and one axis of each label that is summed over. */
const einsumMacs: MacFacts = {
  count: ({ inputs }, node) => sizeOf(einsumSizes(inputs, node)),
  axes: (node) => {
    const { operands, output } = einsumTerms(node);
    const summed = new Set(
      operands.join("").replaceAll(".", "").split("").filter((l) => !output.includes(l)),
    );
    return [
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((axis) => ["y", axis] as const),
      ...[...summed].map((label) => {
        const input = operands.findIndex((term) => term.includes(label));
        const [front = "", back] = operands[input]!.split("...");
        // Behind "..." axes are counted from the back.
        return [
          input,
          front.includes(label) ? front.indexOf(label) : back!.indexOf(label) - back!.length,
        ] as const;
      }),
    ];
  },
};

/** [directions, gates · hidden, in] */
const gates: LearnedInput = { role: "weight", axes: () => ({ out: [1], summed: [2] }) };

/** Operators that multiply and accumulate. */
export const linear = {
  Conv: { since: 1, convolves: true, learned: { 1: kernel(0), 2: bias }, zeros: [1, 2], macs: convMacs(1) },
  "com.microsoft:FusedConv": {
    since: 1,
    convolves: true,
    learned: { 1: kernel(0), 2: bias },
    zeros: [1, 2],
    macs: convMacs(1),
  },
  ConvTranspose: {
    since: 1,
    convolves: true,
    learned: { 1: kernel(1), 2: bias },
    zeros: [1, 2],
    macs: convTransposeMacs,
  },
  DeformConv: {
    since: 19,
    convolves: true,
    learned: { 1: kernel(0), 3: bias },
    zeros: [1, 3],
    macs: convMacs(1),
  },
  ConvInteger: {
    since: 10,
    convolves: true,
    learned: { 1: kernel(0) },
    zeros: [1],
    quantized: true,
    macs: convMacs(1),
  },
  QLinearConv: {
    since: 10,
    convolves: true,
    learned: { 3: kernel(0), 8: bias },
    zeros: [3, 8],
    quantized: true,
    macs: convMacs(3),
  },
  MatMul: { since: 1, learned: factors, zeros: [0, 1], macs: matMulMacs },
  ...each(
    { since: 1, learned: factors, zeros: [0, 1], macs: matMulMacs },
    "com.microsoft:FusedMatMul",
    "com.microsoft:TransposeMatMul",
  ),
  "com.microsoft:MatMulNBits": {
    since: 1,
    learned: {
      1: {
        role: "weight",
        stands: (node) => intAttribute(node, "N", NaN) * intAttribute(node, "K", NaN) || undefined,
      },
      5: bias,
    },
    zeros: [0, 2, 5],
    quantized: true,
    macs: matMulMacs,
  },
  MatMulInteger: { since: 10, learned: factors, zeros: [0, 1], quantized: true, macs: matMulMacs },
  QLinearMatMul: {
    since: 10,
    learned: { 0: { role: "weight" }, 3: { role: "weight" } },
    zeros: [0, 3],
    quantized: true,
    macs: matMulMacs,
  },
  ...each(
    { since: 1, learned: { ...factors, 2: bias }, zeros: [0, 1, 2], macs: matMulMacs },
    "Gemm",
    "com.microsoft:FusedGemm",
  ),
  Einsum: {
    since: 12,
    learned: { 0: operand(0), 1: operand(1), 2: operand(2) },
    zeros: [0, 1, 2],
    macs: einsumMacs,
  },
  LSTM: {
    since: 1,
    learned: { 1: gates, 2: gates, 3: bias, 7: { role: "scale" } },
    zeros: [1, 2, 3, 5, 6, 7],
    macs: recurrentMacs,
  },
  ...each(
    { since: 1, learned: { 1: gates, 2: gates, 3: bias }, zeros: [1, 2, 3, 5], macs: recurrentMacs },
    "GRU",
    "RNN",
  ),
  Attention: { since: 23, macs: ownAttentionMacs({ input: 4, axis: 2 }) },
  "com.microsoft:MultiHeadAttention": {
    since: 1,
    learned: { 3: bias },
    macs: attentionMacs({ input: 6, axis: 2, length: 8 }),
  },
  "com.microsoft:Attention": {
    since: 1,
    learned: { 1: { role: "weight", axes: () => ({ out: [1], summed: [0] }) }, 2: bias },
    zeros: [1, 2],
    macs: packedAttentionMacs({ input: 4, axis: 3, length: 6 }),
  },
  RotaryEmbedding: { since: 23 },
  "com.microsoft:RotaryEmbedding": { since: 1 },
  Det: { since: 11 },
} as const satisfies Record<string, OperatorFacts>;
