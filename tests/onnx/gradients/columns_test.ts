import type { GraphBuilder, Value } from "../../../lib/onnx/builder.ts";
import { checkGradient, numbers } from "./check.ts";

Deno.test("gradient of Col2Im, of known and unknown numbers of images", async () => {
  const x = numbers([2, 8, 6]);
  const build = (g: GraphBuilder, x: Value) => g.node("Col2Im", [x, g.ints([3, 4]), g.ints([2, 2])])[0]!;
  // Each pixel is a sum over the blocks that have it, which begin at [0, 0] to [1, 2].
  const reference = (x: number[]) => {
    const y: number[] = Array(2 * 2 * 3 * 4).fill(0);
    x.forEach((value, i) => {
      const [place, row, image] = [i % 6, Math.floor(i / 6) % 8, Math.floor(i / 48)];
      const [channel, tap] = [Math.floor(row / 4), row % 4];
      const [h, w] = [Math.floor(place / 3) + Math.floor(tap / 2), place % 3 + tap % 2];
      y[((image * 2 + channel) * 3 + h) * 4 + w]! += value;
    });
    return y;
  };
  await checkGradient(build, { x }, { reference });
  await checkGradient(build, { x }, { reference, declared: { x: ["N", "C", 6] } });
});
