import assert from "node:assert/strict";
import { calibrationRun } from "../../../lib/compress/calibration.ts";
import { stagesOf } from "../../../lib/compress/calibrate/stages.ts";
import type { InputStatistics } from "../../../lib/compress/calibrate/statistics.ts";
import { type LinearLayer, linearLayers } from "../../../lib/compress/linear_layers.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import type { Model } from "../../../lib/onnx/model.ts";
import { seededRandom } from "../../../lib/random.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { float32, Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose } from "../../close.ts";

const random = seededRandom(11, "statistics");
const drawn = (dims: number[]): Tensor =>
  float32(Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()), dims);

/** What is summed up of the inputs of a model's one layer. */
async function collected(
  model: Model,
  records: Tensor[],
  float64: boolean,
  cross = false,
): Promise<InputStatistics[]> {
  const [layer] = linearLayers(model) as [LinearLayer];
  const runtime = await openRuntime();
  try {
    const feeds = { records: records.map((x) => ({ x })), weightNow: (_: string, before: Tensor) => before };
    const settings = { runtime, float64, cross, signal: undefined };
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

const half = (dims: number[], times = 1): Tensor =>
  new Tensor("float16", Float16Array.from(drawn(dims).data as Float32Array, (x) => times * x) as never, dims);

Deno.test("inputs in float16 are summed up beyond its largest number, and with the bits of float32", async () => {
  const columns = 5;
  const g = new GraphBuilder("halves");
  const weight = g.parameter("weight", half([columns, 3]));
  g.output(g.matMul(g.input("x", "float16", ["n", columns]), weight), "y");
  const record = half([2048, columns], 8);
  const [found] = await collected(g.model(), [record], false, true);
  const numbers = Array.from(record.data as ArrayLike<number>);
  const tokens = Array.from({ length: 2048 }, (_, at) => numbers.slice(at * columns, (at + 1) * columns));
  const expected = sums(tokens);
  assert.ok(expected[0]! > 65_504);
  assertClose(found!.gram, expected, { absolute: 1, relative: 1e-5 });
  assertClose(found!.cross!, expected, { absolute: 1, relative: 1e-5 });
  const absolute = tokens[0]!.map((_, j) => tokens.reduce((sum, x) => sum + Math.abs(x[j]!), 0));
  assertClose(found!.absolute, absolute, { absolute: 0, relative: 1e-5 });
});

Deno.test("so are the windows of a convolution in float16", async () => {
  const g = new GraphBuilder("half windows");
  const [y] = g.node("Conv", [
    g.input("x", "float16", ["n", 1, 40, 41]),
    g.parameter("w", half([3, 1, 2, 2])),
  ]);
  g.output(y!, "y");
  const record = half([1, 1, 40, 41], 8);
  const [found] = await collected(g.model(), [record], false);
  const at = (row: number, column: number) => Number(record.data[row * 41 + column]);
  const tokens = Array.from({ length: 39 * 40 }, (_, place) => {
    const [row, column] = [Math.floor(place / 40), place % 40];
    return [at(row, column), at(row, column + 1), at(row + 1, column), at(row + 1, column + 1)];
  });
  assertClose(found!.gram, sums(tokens), { absolute: 1, relative: 1e-5 });
});
