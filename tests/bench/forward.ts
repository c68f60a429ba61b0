import { countMacs } from "../../lib/onnx/count_macs.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { openNative } from "../../lib/runtime/native.ts";
import type { Session } from "../../lib/runtime/runtime.ts";
import { machinePeak, ofPeak } from "./peak.ts";
import { type Bench, digits, TIME_HEAD, timeCells } from "./section.ts";
import { IMAGES, subject } from "./subject.ts";
import { spent, takeTurns } from "./turns.ts";

const PIXELS = 3 * 32 * 32;

/** ResNet-56 over all test images that have exact pixels, in batches of several sizes. */
export const forward: Bench = async ({ rounds }) => {
  const { model, weights, pixels, labels } = await subject();
  const runtime = await openNative();
  const session = await runtime.session(model);
  const input = model.graph.inputs[0]!;
  let right = 0;
  const contestants = [1, 113, IMAGES].map((batch) => ({
    name: `${batch}`,
    step: () =>
      spent(async () => {
        right = await classify(session, { input, pixels, labels: labels ?? [], batch });
      }),
  }));
  const times = await takeTurns(contestants, rounds);
  await runtime.close();
  const { macs } = countMacs(model);
  const peak = await machinePeak();
  const accuracy = labels ? `; ${(100 * right / IMAGES).toFixed(2)} % of them right` : "";
  return {
    title: `ResNet-56 forward over ${IMAGES.toLocaleString("en")} images`,
    about: `Native engine, ${weights}${accuracy}. GFLOP/s are 2·MACs·images / time.`,
    head: ["images at a time", ...TIME_HEAD("s"), "images/s, best", "GFLOP/s, best", "of the peak"],
    rows: times.map((time) => {
      const rate = time.best && 2 * macs * IMAGES / time.best / 1e9;
      return [
        time.name,
        ...timeCells(time, "s", 3),
        digits(time.best && IMAGES / time.best, 0),
        digits(rate, 1),
        ofPeak(rate, peak),
      ];
    }),
  };
};

async function classify(
  session: Session,
  { input, pixels, labels, batch }: {
    input: string;
    pixels: Float32Array;
    labels: ArrayLike<number | bigint>;
    batch: number;
  },
): Promise<number> {
  let right = 0;
  for (let first = 0; first < IMAGES; first += batch) {
    const images = pixels.subarray(first * PIXELS, (first + batch) * PIXELS);
    const { logits } = await session.run({ [input]: new Tensor("float32", images, [batch, 3, 32, 32]) });
    const scores = logits!.data as Float32Array;
    for (let i = 0; i < batch; i++) {
      const row = scores.subarray(i * 10, i * 10 + 10);
      if (row.indexOf(Math.max(...row)) === Number(labels[first + i])) right++;
    }
  }
  return right;
}
