import assert from "node:assert/strict";
import { batchNorm2d, conv2d, globalPool, linear } from "../../../lib/nn/layers.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { weightsOf } from "../../../lib/nn/weights.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { float32, numbersOf } from "../../../lib/tensor/tensor.ts";
import type { Session } from "../../../lib/runtime/runtime.ts";
import { toBatches } from "../../../lib/train/batches.ts";
import { fit, type FitOptions, type FitResult } from "../../../lib/train/fit.ts";
import { boundStep, openStep } from "../../../lib/train/fit/step_session.ts";
import { toLabels } from "../../../lib/train/labels.ts";
import { trainingStep } from "../../../lib/train/training_step.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { withEngine } from "../engines.ts";
import { network } from "../moons.ts";

const ROWS = 16;

/** Two convolutions that fill blocks, for batches of any size. */
function convolutions(rows: string | number = "batch", height: string | number = 6): Model {
  const random = seededRandom(1);
  const g = new GraphBuilder("convolutions");
  let x = g.input("x", "float32", [rows, 3, height, 6]);
  x = conv2d(g, x, { name: "0", random, in: 3, out: 16, kernel: 3, padding: 1, bias: false });
  x = g.silu(batchNorm2d(g, x, { name: "1", features: 16 }));
  x = g.silu(conv2d(g, x, { name: "2", random, in: 16, out: 16, kernel: 3, padding: 1 }));
  g.output(linear(g, globalPool(g, x), { name: "3", random, in: 16, out: 3 }), "logits");
  return g.model();
}

function examples(count: number) {
  const random = seededRandom(count);
  const pixels = Array.from({ length: count * 3 * 36 }, () => random.normal());
  return {
    inputs: float32(pixels, [count, 3, 6, 6]),
    targets: Array.from({ length: count }, (_, i) => i % 3),
  };
}

Deno.test("a step is bound where convolutions wait for the size of a batch, and for nothing else", () => {
  const bound = boundStep(trainingStep(convolutions()), ROWS)!;
  assert.deepEqual(bound.graph.values.get("x")!.shape, [ROWS, 3, 6, 6]);
  assert.deepEqual(bound, inferShapes(bound), "all shapes are there");
  for (const model of [convolutions(ROWS), convolutions("batch", "height"), network()]) {
    assert.equal(boundStep(trainingStep(model), ROWS), undefined);
  }
});

/** Losses of a run, and the numbers of its weights and statistics. */
const numbers = ({ model, history }: FitResult) => [
  ...history.map(({ loss }) => loss),
  ...weightsOf(model).flatMap(({ tensor }) => numbersOf(tensor)),
];

for (const engine of ["native", "wasm"] as const) {
  withEngine("batches of any size train as those of a fixed one, bit for bit", engine, async (runtime) => {
    const train = (model: Model) => fit(model, examples(3 * ROWS), { epochs: 2, batchSize: ROWS, runtime });
    const [free, fixed] = [await train(convolutions()), await train(convolutions(ROWS))];
    assert.deepEqual(numbers(free), numbers(fixed));
    assert.deepEqual(free.model.graph.values.get("x")!.shape, ["batch", 3, 6, 6]);
  });
}

withEngine(
  "a smaller last batch takes part, and a stopped run goes on from it",
  "native",
  async (runtime) => {
    const folder = await Deno.makeTempDir();
    try {
      const data = examples(2 * ROWS + 5);
      const train = (options: Partial<FitOptions> = {}) =>
        fit(convolutions(), data, { epochs: 3, batchSize: ROWS, runtime, ...options });
      const whole = await train();
      // Ready batches, whose sizes nobody knows.
      const targets = toLabels(data.targets);
      const ready = toBatches({ ...data, targets }, {
        batchSize: ROWS,
        input: "x",
        target: "labels",
        shuffleSeed: 0,
      });
      const expected = await fit(convolutions(), ready, { epochs: 3, runtime });
      assertClose(numbers(whole), numbers(expected), REORDERED_FLOAT32);
      const abort = new AbortController();
      const progress = {
        start: () => {},
        step: (done: number) => done === 6 ? abort.abort(new Error("enough")) : undefined,
        close: () => {},
      };
      const checkpoint = `${folder}/checkpoint`;
      await assert.rejects(train({ checkpoint, progress, signal: abort.signal }), { message: "enough" });
      assert.deepEqual(numbers(await train({ checkpoint })), numbers(whole));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

withEngine(
  "a batch of another size takes the state with it: no session keeps a second one",
  "native",
  async (runtime) => {
    const opened: Session[] = [];
    const step = trainingStep(convolutions());
    const session = await openStep(
      {
        ...runtime,
        async session(model, options) {
          opened.push(await runtime.session(model, options));
          return opened.at(-1)!;
        },
      },
      step,
      ROWS,
    );
    await session.setState(step.state);
    const holders: boolean[][] = [];
    for (const [i, rows] of [ROWS, 5, 5, ROWS].entries()) {
      const { inputs, targets } = examples(rows);
      await session.run({
        [step.inputs[0]!]: inputs,
        [step.targets.labels!]: toLabels(targets),
        ...step.scalarFeeds(i, 0.1),
      });
      holders.push(await Promise.all(opened.map((one) => one.state().then(() => true, () => false))));
    }
    assert.deepEqual(holders, [[true], [false, true], [false, true], [true, false]]);
    await session.release();
    for (const one of opened) await assert.rejects(one.state(), /was released/);
  },
);
