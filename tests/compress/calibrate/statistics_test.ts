import assert from "node:assert/strict";
import { calibrationRun } from "../../../lib/compress/calibration.ts";
import { stagesOf } from "../../../lib/compress/calibrate/stages.ts";
import type { InputStatistics } from "../../../lib/compress/calibrate/statistics.ts";
import { type LinearLayer, linearLayers } from "../../../lib/compress/linear_layers.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { float32, type Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose } from "../../close.ts";

const random = seededRandom(11, "statistics");
const drawn = (dims: number[]): Tensor =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims);

/** What is summed up of the inputs of a model's one layer. */
async function collected(model: Model, records: Tensor[], float64: boolean): Promise<InputStatistics[]> {
  const [layer] = linearLayers(model) as [LinearLayer];
  const runtime = await openRuntime();
  try {
    const feeds = { records: records.map((x) => ({ x })), weightNow: (_: string, before: Tensor) => before };
    const settings = { runtime, float64, cross: false, signal: undefined };
    const found = await calibrationRun(model, stagesOf([layer], "blocks"), feeds, settings).collect(0);
    return found.get(layer.shares)!;
  } finally {
    await runtime.close();
  }
}

/** Σ x xᵀ by loops, of tokens one after the other. */
function sums(tokens: readonly number[][]): Float64Array {
  const columns = tokens[0]!.length;
  const gram = new Float64Array(columns * columns);
  for (const x of tokens) {
    for (let i = 0; i < columns; i++) {
      for (let j = 0; j < columns; j++) gram[i * columns + j]! += x[i]! * x[j]!;
    }
  }
  return gram;
}

for (const [name, float64, absolute] of [["float32", false, 2e-5], ["float64", true, 1e-12]] as const) {
  Deno.test(`inputs of several parts are summed up as by loops, and symmetric: ${name}`, async () => {
    const columns = 1100; // two parts
    const g = new GraphBuilder("wide");
    const weight = g.parameter("weight", drawn([3, columns]));
    g.output(g.gemm(g.input("x", "float32", ["n", columns]), weight, undefined, { transB: 1 }), "y");
    const records = [drawn([4, columns]), drawn([3, columns])];
    const [found] = await collected(g.model(), records, float64);
    const tokens = records.flatMap(({ data }) =>
      Array.from(
        { length: data.length / columns },
        (_, at) => Array.from(data.slice(at * columns, (at + 1) * columns), Number),
      )
    );
    assert.deepEqual([found!.tokens, found!.sequences], [7, 7]);
    assertClose(found!.gram, sums(tokens), { absolute, relative: 0 });
    for (const at of [550, 549 * columns + 3, 1099 * columns]) {
      const mirrored = at % columns * columns + Math.floor(at / columns);
      assert.equal(found!.gram[at], found!.gram[mirrored]);
    }
  });
}

Deno.test("so are those of each group of a convolution", async () => {
  const [groups, columns, places] = [2, 1024, 6];
  const g = new GraphBuilder("groups");
  const x = g.input("x", "float32", ["n", groups * columns, 2, 3]);
  const [y] = g.node("Conv", [x, g.parameter("weight", drawn([4, columns, 1, 1]))], { group: groups });
  g.output(y!, "y");
  const record = drawn([1, groups * columns, 2, 3]);
  const found = await collected(g.model(), [record], false);
  assert.equal(found.length, groups);
  for (const [group, { gram }] of found.entries()) {
    const tokens = Array.from(
      { length: places },
      (_, place) =>
        Array.from(
          { length: columns },
          (_, j) => Number(record.data[(group * columns + j) * places + place]),
        ),
    );
    assertClose(gram, sums(tokens), { absolute: 2e-5, relative: 0 }, `${group}`);
  }
});
