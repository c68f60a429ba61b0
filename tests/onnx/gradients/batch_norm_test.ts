import { float } from "../../../lib/onnx/attribute.ts";
import { checkGradient, numbers } from "./check.ts";
import { indices } from "./plain_windows.ts";

const EPSILON = 0.1;

/** (x − mean) / √(variance + ε)·scale + bias per channel, with the batch's own statistics where none are given. */
function plain(
  dims: number[],
  [x, scale, bias, mean, variance]: (number[] | undefined)[],
): number[] {
  const channels = [...indices(dims)].map(([, c]) => c!);
  const average = (values: number[]) =>
    scale!.map((_, c) => {
      const own = values.filter((_, i) => channels[i] === c);
      return own.reduce((a, b) => a + b) / own.length;
    });
  const m = mean ?? average(x!);
  const v = variance ?? average(x!.map((value, i) => (value - m[channels[i]!]!) ** 2));
  return x!.map((value, i) => {
    const c = channels[i]!;
    return (value - m[c]!) / Math.sqrt(v[c]! + EPSILON) * scale![c]! + bias![c]!;
  });
}

for (const dims of [[3, 2, 3, 2], [5, 3], [2, 2, 4]]) {
  const channels = [dims[1]!];
  const inputs = {
    x: numbers(dims),
    scale: numbers(channels, { seed: 2 }),
    bias: numbers(channels, { seed: 3 }),
    mean: numbers(channels, { seed: 4 }),
    variance: numbers(channels, { seed: 5, low: 0.5, high: 2 }),
  };
  Deno.test(`BatchNormalization over [${dims}]: all five inputs`, () =>
    checkGradient(
      (g, ...values) => g.node("BatchNormalization", values, { epsilon: float(EPSILON) })[0]!,
      inputs,
      { reference: (...values) => plain(dims, values) },
    ));
  Deno.test(`BatchNormalization over [${dims}] in training form`, () =>
    checkGradient(
      (g, ...values) =>
        g.node("BatchNormalization", values, { epsilon: float(EPSILON), training_mode: 1 }, {
          outputs: 3,
        })[0]!,
      inputs,
      {
        wrt: ["x", "scale", "bias"],
        reference: (...values) => plain(dims, values.slice(0, 3)),
      },
    ));
}
