import assert from "node:assert/strict";
import { decodeBlocks } from "../../../lib/formats/ggml/decode_blocks.ts";
import { encodeBlocks } from "../../../lib/formats/ggml/encode_blocks.ts";
import { openLanguageModel } from "../../../lib/lm/language_model.ts";
import { readDecoder, wholeGraph } from "../../../lib/lm/read/load_decoder.ts";
import { packedMatrix } from "../../../lib/lm/read/packed.ts";
import { withPacked } from "../../../lib/lm/read/packed_graph.ts";
import { writeLanguageModel } from "../../../lib/lm/write/write_language_model.ts";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { seededRandom } from "../../../lib/random.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { runModel } from "../../../lib/runtime/run_model.ts";
import { float32, int64 } from "../../../lib/tensor/tensor.ts";
import { withRoundedInputs } from "../rounded_inputs.ts";
import { STORIES } from "../stories.ts";

const [ROWS, COLUMNS, COUNT] = [48, 512, 5];

/** A layer with a bias, two layers of one input, and a table whose rows are looked up. */
function layers() {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["N", COLUMNS]);
  const ids = g.input("ids", "int64", [1, "M"]);
  const weight = (name: string) =>
    g.parameter(name, float32(new Float32Array(ROWS * COLUMNS), [ROWS, COLUMNS]));
  const [one, other] = [weight("one"), weight("other")];
  const bias = g.parameter("bias", float32(Float32Array.from({ length: ROWS }, (_, i) => i), [ROWS]));
  g.output(g.gemm(x, one, bias, { transB: 1 }), "biased");
  g.output(g.gemm(x, other, undefined, { transB: 1 }), "plain");
  g.output(g.gather(other, ids), "rows");
  return g.model();
}

for (const type of ["Q4_0", "Q4_1", "Q4_K", "Q8_0"] as const) {
  Deno.test(`packed layers multiply rounded inputs with the weights of ${type}, and offsets with inputs as they are`, async () => {
    const random = seededRandom(4, type);
    const matrix = () => {
      const blocks = encodeBlocks(
        Float32Array.from({ length: ROWS * COLUMNS }, () => random.normal() + 0.5),
        type,
        { row: COLUMNS },
      );
      return { numbers: decodeBlocks(blocks, type), packed: packedMatrix(blocks, type, [ROWS, COLUMNS])! };
    };
    const [one, other] = [matrix(), matrix()];
    // A quarter of a step beside whole numbers of steps, the largest 127: nothing is rounded either way.
    const steps = Float32Array.from(
      { length: COUNT * COLUMNS / 32 },
      () => 2 ** Math.floor(4 * random.uniform()),
    );
    const whole = Float32Array.from(
      { length: COUNT * COLUMNS },
      (_, i) => i % 32 === 7 ? 127 : Math.floor(253 * random.uniform()) - 126,
    );
    const exact = whole.map((code, i) => (i % 32 === 7 ? code : code + 0.25) * steps[i >> 5]! / 64);
    const rounded = whole.map((code, i) => code * steps[i >> 5]! / 64);
    const model = withPacked(layers(), { one: one.packed, other: other.packed });
    const feeds = { x: float32(exact, [COUNT, COLUMNS]), ids: int64([7, 0, 47], [1, 3]) };
    for (const engine of ["native", "wasm"] as const) {
      const runtime = await openRuntime({ engine });
      const { biased, plain, rows } = await (await runtime.session(model)).run(feeds);
      const inputs = engine === "native" ? rounded : exact;
      for (const [{ numbers, packed }, found, bias] of [[one, biased!, 1], [other, plain!, 0]] as const) {
        for (let n = 0; n < COUNT; n++) {
          for (let row = 0; row < ROWS; row++) {
            let [expected, size] = [bias * row, 0];
            for (let i = 0; i < COLUMNS; i++) {
              const [at, from] = [row * COLUMNS + i, n * COLUMNS + i];
              const offset = packed.offsets?.[at >> 5] ?? 0;
              const term = (numbers[at]! - offset) * inputs[from]! + offset * exact[from]!;
              expected += term;
              size += Math.abs(term);
            }
            const value = found.data[n * ROWS + row] as number;
            assert.ok(
              Math.abs(value - expected) < 1e-5 * size,
              `${engine}, ${n}, ${row}: ${value} for ${expected}`,
            );
          }
        }
      }
      const expected = [7, 0, 47].flatMap((
        row,
      ) => [...other.numbers.subarray(row * COLUMNS, (row + 1) * COLUMNS)]);
      assert.deepEqual(rows!.dims, [1, 3, COLUMNS]);
      expected.forEach((value, i) =>
        assert.ok(Math.abs(rows!.data[i] as number - value) < 1e-6, `row, ${i}`)
      );
      await runtime.close();
    }
  });
}

/** The root of the mean square of differences. */
const apart = (a: Float32Array, b: Float32Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);

for (const mix of ["Q4_0", "Q4_1", "Q8_0"] as const) {
  Deno.test({
    name: `packed: logits and steps are those of decoded weights but for the rounding of inputs, ${mix}`,
    ignore: !STORIES,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const path = `${folder}/m.gguf`;
        await writeLanguageModel(path, await readDecoder(STORIES!), { mix });
        await using decoded = await openLanguageModel(path);
        await using packed = await openLanguageModel(path, { packed: true });
        const ids = decoded.vocabulary.encode("Once upon a time, there was a little girl named Lily.");
        const [expected, own] = [await decoded.logits(ids), await packed.logits(ids)];
        // What rounding inputs costs, of plain operators in float32. A product that differs in its last bit may
        // round the other way, and all that comes after it: so errors are as large, but not the same.
        const rounded = await runModel(
          withRoundedInputs(wholeGraph(decoded.weights), packed.weights.packed!),
          {
            input_ids: int64(ids, [1, ids.length]),
          },
        );
        const error = apart(rounded.logits!.data as Float32Array, expected);
        assert.ok(
          error > 0.01 && apart(own, expected) < 2 * error,
          `${apart(own, expected)}, rounding ${error}`,
        );
        const steps = await packed.steps();
        await steps.feed(ids.slice(0, -2));
        await steps.feed(ids.slice(-2, -1));
        const last = await steps.feed(ids.slice(-1));
        assert.ok(
          apart(last, expected.slice(-last.length)) < 3 * error,
          `step: ${apart(last, expected.slice(-last.length))}`,
        );
        assert.notEqual(packed.digest(), decoded.digest());
        // The graph itself, with all codes in it.
        assert.ok(!packed.graph.graph.initializers.has("model.embed_tokens.weight"));
        const run = await runModel(packed.graph, { input_ids: int64(ids, [1, ids.length]) });
        assert.ok(apart(run.logits!.data as Float32Array, expected) < 2 * error, "graph");
        const kept = await readDecoder(path, { packed: true });
        assert.ok(Object.keys(kept.packed!).length >= 31);
        await assert.rejects(writeLanguageModel(path, kept), /left in their codes; read it without packed/);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
