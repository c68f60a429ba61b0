import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { backward } from "../../../lib/onnx/gradients.ts";
import { numbersOf, Tensor } from "../../../lib/tensor/tensor.ts";
import { checkGradient, distinct, numbers, run } from "./check.ts";
import { assertClose, REORDERED_FLOAT64 } from "../../close.ts";

const a = numbers([2, 3]);
const positive = numbers([2, 3], { low: 0.2, high: 2 });
const small = numbers([2, 3], { low: -0.9, high: 0.9 });

Deno.test("gradients of broadcasting arithmetic", async () => {
  for (const other of [[2, 3], [3], [2, 1], [1, 1], [], [4, 1, 2, 3], [4, 2, 1]]) {
    const c = numbers(other, { seed: 3 });
    await checkGradient((g, x, y) => g.add(x, y), { a, c });
    await checkGradient((g, x, y) => g.sub(x, y), { a, c });
    await checkGradient((g, x, y) => g.mul(x, y), { a, c });
    await checkGradient((g, x, y) => g.div(x, y), { a, c });
    await checkGradient((g, x, y) => g.sum(x, y, x), { a, c });
    await checkGradient((g, x, y) => g.pow(x, y), { x: positive, c });
    await checkGradient((g, x, y) => g.mod(x, y, 1), { a, c });
    await checkGradient((g, x, y) => g.max(x, y), { a, c });
    await checkGradient((g, x, y) => g.min(x, y, x), { a, c });
    await checkGradient((g, x, y) => g.where(g.greater(x, y), g.mul(x, x), y), { a, c });
  }
});

Deno.test("gradient of Mean", async () => {
  const reference = (x: number[], y: number[]) => x.map((value, i) => (2 * value + y[i % 3]!) / 3);
  await checkGradient((g, x, y) => g.mean(x, y, x), { a, c: numbers([3]) }, { reference });
});

Deno.test("gradients of x to a constant power", async () => {
  const powers = [1, 2, 3, -2, 0];
  for (const power of powers) {
    const exponent = { dims: [], data: [power] };
    await checkGradient((g, x, c) => g.pow(x, c), { a, exponent }, { wrt: ["a"] });
  }
});

Deno.test("to the power of 0 everything is 1, and does not change where x is 0 either", async () => {
  const x = { dims: [4], data: [0, 1.5, -2, 0.5] };
  const nought = { dims: [], data: [0] };
  await checkGradient((g, x, c) => g.pow(x, c), { x, nought }, { wrt: ["x"] });
  await checkGradient((g, x) => g.pow(x, g.constant(new Tensor("float64", new Float64Array(1), []))), { x });
  // Exponents that are computed, and one for each number.
  const exponents = { dims: [4], data: [0, 2, 3, 0] };
  await checkGradient((g, x, c) => g.pow(x, c), { x, exponents }, { wrt: ["x"] });
});

Deno.test("an exponent that is learned or may be fed is the one of each run", async () => {
  const double = (value: number) => new Tensor("float64", Float64Array.of(value), []);
  const stored = new GraphBuilder("power");
  const [x, p] = [stored.input("x", "float64", []), stored.parameter("p", double(3))];
  const y = stored.pow(x, p);
  const optional = { ...stored.graph(), inputs: [x, p] };
  const slopeAt = async (g: GraphBuilder, power: number) => {
    g.toInput(p);
    const { dx } = await run(g.model(), { x: double(2), p: double(power) });
    return numbersOf(dx!)[0]!;
  };
  for (const power of [3, 1.5, 0]) {
    const learned = new GraphBuilder(stored.graph());
    learned.output(backward(learned, y, [x, p])[x]!, "dx");
    const fed = new GraphBuilder(optional);
    fed.output(backward(fed, y, [x])[x]!, "dx");
    const expected = power * 2 ** (power - 1);
    assertClose(
      [await slopeAt(learned, power), await slopeAt(fed, power)],
      [expected, expected],
      REORDERED_FLOAT64,
    );
  }
});

Deno.test("gradients of functions of one number", async () => {
  await checkGradient((g, x) => g.neg(x), { a });
  await checkGradient((g, x) => g.abs(x), { a });
  await checkGradient((g, x) => g.exp(x), { a });
  await checkGradient((g, x) => g.reciprocal(x), { a });
  await checkGradient((g, x) => g.sqrt(x), { positive });
  await checkGradient((g, x) => g.log(x), { positive });
  await checkGradient((g, x) => g.sin(x), { a });
  await checkGradient((g, x) => g.cos(x), { a });
  await checkGradient((g, x) => g.sub(g.floor(x), g.mul(g.sign(x), x)), { a });
  const each: [string, (x: number) => number, typeof a][] = [
    ["Tan", Math.tan, small],
    ["Sinh", Math.sinh, a],
    ["Cosh", Math.cosh, a],
    ["Asin", Math.asin, small],
    ["Acos", Math.acos, small],
    ["Atan", Math.atan, a],
    ["Asinh", Math.asinh, a],
    ["Acosh", Math.acosh, numbers([5], { low: 1.3, high: 3 })],
    ["Atanh", Math.atanh, small],
  ];
  for (const [op, reference, x] of each) {
    await checkGradient((g, x) => g.node(op, [x])[0]!, { x }, { reference: (x) => x.map(reference) });
  }
});

Deno.test("gradient of Clip, to its bounds as well", async () => {
  const x = distinct([3, 4]);
  const [low, high] = [{ dims: [], data: [-0.51] }, { dims: [], data: [0.62] }];
  await checkGradient((g, x, low, high) => g.clip(x, low, high), { x, low, high });
  await checkGradient((g, x, low) => g.clip(x, low), { x, low });
  await checkGradient((g, x, high) => g.clip(x, undefined, high), { x, high });
});
