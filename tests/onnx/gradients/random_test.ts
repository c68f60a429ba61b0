import fc from "npm:fast-check@4.10.2";
import type { GraphBuilder, Value } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { checkGradient, distinct, numbers } from "./check.ts";

/** Two shapes that broadcast together, and which of their dimensions a graph declares as unknown. */
const pairs = fc.record({
  full: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }),
  flatten: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  cut: fc.integer({ min: 0, max: 4 }),
  cutLeft: fc.boolean(),
  hide: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
}).map(({ full, flatten, cut, cutLeft, hide }) => {
  const left = full.map((dim, i) => flatten[i] ? 1 : dim);
  const right = full.map((dim, i) => flatten[4 + i] ? 1 : dim);
  const [long, short] = cutLeft ? [right, left.slice(cut)] : [left, right.slice(cut)];
  const shapes = { a: cutLeft ? short : long, b: cutLeft ? long : short };
  const open = (dims: number[], name: string, from: number) =>
    dims.map((dim, i) => hide[from + i] ? `${name}${i}` : dim);
  return { shapes, declared: { a: open(shapes.a, "A", 0), b: open(shapes.b, "B", 4) } };
});

const OPERATORS: [string, (g: GraphBuilder, a: Value, b: Value) => Value][] = [
  ["Add", (g, a, b) => g.add(a, b)],
  ["Mul", (g, a, b) => g.mul(a, b)],
  ["Div", (g, a, b) => g.div(a, b)],
  ["Where", (g, a, b) => g.where(g.less(a, b), a, b)],
];

for (const [op, build] of OPERATORS) {
  Deno.test(`gradient of ${op} of random shapes, known or not, that broadcast`, async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async ({ shapes, declared }) => {
        const [a, b] = [numbers(shapes.a), numbers(shapes.b, { seed: 2 })];
        await checkGradient(build, { a, b }, { declared });
      }),
      { seed: 5, numRuns: 40 },
    );
  });
}

Deno.test("gradient of Slice with random bounds and steps", async () => {
  const bound = fc.integer({ min: -8, max: 8 });
  const steps = fc.constantFrom(1, 2, 3, -1, -2, -3);
  const axes = fc.record({ start: bound, end: bound, step: steps, start2: bound, end2: bound, step2: steps });
  await fc.assert(
    fc.asyncProperty(axes, fc.boolean(), async ({ start, end, step, start2, end2, step2 }, open) => {
      const x = numbers([5, 4]);
      const build = (g: GraphBuilder, x: Value) => {
        const part = g.slice(x, [start, start2], [end, end2], [-1, 0], [step, step2]);
        // The sum with a single number keeps an empty slice from leaving nothing to check.
        return g.add(g.reduceSumSquare(part, undefined, { keepdims: false }), g.reduceSum(g.mul(x, x)));
      };
      await checkGradient(build, { x }, { declared: { x: open ? ["N", "M"] : [5, 4] } });
    }),
    { seed: 6, numRuns: 60 },
  );
});

/** Functions of a 2 × 3 matrix whose gradient is differentiated again. */
const SMOOTH: [string, (g: GraphBuilder, x: Value) => Value][] = [
  ["Mul and Add", (g, x) => g.mul(g.add(x, g.mul(x, x)), x)],
  ["Div", (g, x) => g.div(x, g.add(g.mul(x, x), g.exp(x)))],
  ["Sigmoid and Tanh", (g, x) => g.tanh(g.sigmoid(x))],
  ["Softmax", (g, x) => g.softmax(x)],
  ["LogSoftmax", (g, x) => g.logSoftmax(x, 0)],
  ["MatMul", (g, x) => g.matMul(g.matMul(x, g.transpose(x, [1, 0])), x)],
  ["Relu squared", (g, x) => g.mul(g.relu(x), g.relu(x))],
  ["ReduceMean and ReduceL2", (g, x) => g.mul(g.reduceMean(x, [0]), g.reduceL2(x, [1]))],
  ["Concat, Slice, Pad", (g, x) => {
    const y = g.pad(g.slice(g.concat([x, g.mul(x, x)], 1), [1], [6], [1], [2]), [0, 1, 0, 1]);
    return g.mul(y, y);
  }],
  ["standardising", (g, x) => {
    const centered = g.sub(x, g.reduceMean(x, [1]));
    return g.div(centered, g.sqrt(g.reduceMean(g.mul(centered, centered), [1])));
  }],
];

for (const [name, build] of SMOOTH) {
  Deno.test(`the gradient of the gradient of ${name}`, async () => {
    const gradient = (g: GraphBuilder, x: Value) => {
      const y = build(g, x);
      const loss = g.reduceSum(g.mul(y, y), undefined, { keepdims: false });
      return backward(g, loss, [x])[x]!;
    };
    await checkGradient(gradient, { x: distinct([2, 3]) });
  });
}
