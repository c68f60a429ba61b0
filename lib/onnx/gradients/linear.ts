import { floatAttribute, intAttribute } from "../attribute.ts";
import type { GraphBuilder, Value } from "../builder.ts";
import type { GradientCall, GradientRules } from "./call.ts";
import { einsum } from "./einsum.ts";
import { reshapeLike, sumTo } from "./shape.ts";

/** Last two axes swapped. */
function transposed(g: GraphBuilder, x: Value): Value {
  const axes = g.shape(x).map((_, i) => i);
  return g.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** A matrix whose columns are the last axis. */
function flattened(g: GraphBuilder, x: Value): Value {
  return g.shape(x).length === 2 ? x : g.flatten(x, -1);
}

/** Aᵀ·dy, summed over the batches of A when B is one matrix: flattened, that sum is one multiplication. */
function rightFactor(g: GraphBuilder, a: Value, b: Value, dy: Value): Value {
  if (g.shape(b).length === 2) return g.gemm(flattened(g, a), flattened(g, dy), undefined, { transA: 1 });
  return sumTo(g, g.matMul(transposed(g, a), dy), b);
}

/** dy·Bᵀ, summed over the batches of B where A has none. */
function leftFactor(g: GraphBuilder, a: Value, b: Value, dy: Value): Value {
  if (g.shape(dy).length === 2) return g.gemm(dy, b, undefined, { transB: 1 });
  return sumTo(g, g.matMul(dy, transposed(g, b)), a);
}

/**
 * All rank combinations: a vector is a matrix with one row (left) or column (right) while it is multiplied.
 */
function matMul({ g, x: [a, b], dy: [dy], needs }: GradientCall): (Value | undefined)[] {
  if (dy === undefined) return [];
  const [row, column] = [g.shape(a!).length === 1, g.shape(b!).length === 1];
  const left = row ? g.unsqueeze(a!, [0]) : a!;
  const right = column ? g.unsqueeze(b!, [1]) : b!;
  const inner = column ? g.unsqueeze(dy, [-1]) : dy;
  const outer = row ? g.unsqueeze(inner, [-2]) : inner;
  return [
    needs(0) ? reshapeLike(g, leftFactor(g, left, right, outer), a!) : undefined,
    needs(1) ? reshapeLike(g, rightFactor(g, left, right, outer), b!) : undefined,
  ];
}

/** Gradients of α·A'·B' + β·C, where ' is an optional transposition. */
function gemm({ g, node, x: [a, b, c], dy: [dy], needs, constant }: GradientCall): (Value | undefined)[] {
  if (dy === undefined) return [];
  const [transA, transB] = [intAttribute(node, "transA", 0), intAttribute(node, "transB", 0)];
  const [alpha, beta] = [floatAttribute(node, "alpha", 1), floatAttribute(node, "beta", 1)];
  const multiply = (left: Value, right: Value, transLeft: number, transRight: number) =>
    g.gemm(left, right, undefined, { transA: transLeft, transB: transRight, alpha });
  const da = () => transA ? multiply(b!, dy, transB, 1) : multiply(dy, b!, 0, 1 - transB);
  const db = () => transB ? multiply(dy, a!, 1, transA) : multiply(a!, dy, 1 - transA, 0);
  const dc = () => sumTo(g, beta === 1 ? dy : g.mul(dy, constant(beta)), c!);
  return [needs(0) ? da() : undefined, needs(1) ? db() : undefined, needs(2) ? dc() : undefined];
}

export const linear: GradientRules = {
  MatMul: matMul,
  Gemm: gemm,
  Einsum: einsum,
};
