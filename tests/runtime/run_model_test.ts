import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import type { EngineName, Tensors } from "../../lib/runtime/runtime.ts";
import { withEngine } from "../train/engines.ts";

/** Picks rows of x, [N, 3]. */
function picking() {
  const g = new GraphBuilder("picking");
  const x = g.input("x", "float32", ["N", 3]);
  g.output(g.gather(x, g.input("rows", "int64", [2])), "picked");
  return g.model();
}

const x = float32([0, 1, 2, 3, 4, 5], [2, 3]);
const rows = int64([1, 0]);

const REFUSED: Record<string, [Tensors, string]> = {
  "a missing input": [
    { x },
    'Cannot run the model: input "rows" is missing; the model expects x: float32[N, 3], rows: int64[2]',
  ],
  "an unknown input": [
    { x, rows, columns: rows },
    'Cannot feed "columns": there is no such input; the model expects x: float32[N, 3], rows: int64[2]',
  ],
  "another type": [
    { x, rows: float32([1, 0]) },
    'Cannot feed "rows": expected rows: int64[2], but got float32[2]',
  ],
  "another size": [
    { x: float32([1, 2], [1, 2]), rows },
    'Cannot feed "x": expected x: float32[N, 3], but got float32[1, 2]',
  ],
  "another rank": [
    { x: float32([1, 2, 3]), rows },
    'Cannot feed "x": expected x: float32[N, 3], but got float32[3]',
  ],
};

for (const engine of ["native", "wasm", "webgpu"] satisfies EngineName[]) {
  withEngine("runModel gives outputs by name, from a model or its bytes", engine, async (runtime) => {
    for (const model of [picking(), picking().toOnnx()]) {
      const outputs = await runModel(model, { x, rows }, { runtime });
      assert.deepEqual(Object.keys(outputs), ["picked"]);
      assert.deepEqual(outputs.picked!.dims, [2, 3]);
      assert.deepEqual(numbersOf(outputs.picked!), [3, 4, 5, 0, 1, 2]);
    }
  });

  withEngine("runModel names what the model expects", engine, async (runtime) => {
    for (const [what, [feeds, message]] of Object.entries(REFUSED)) {
      await assert.rejects(runModel(picking(), feeds, { runtime }), { name: "TypeError", message }, what);
    }
  });

  withEngine("bytes that are no model are refused", engine, async (runtime) => {
    await assert.rejects(runModel(Uint8Array.of(1, 2, 3), {}, { runtime }), {
      message: /^Cannot load the model: /,
    });
  });
}

Deno.test("runModel opens an engine by itself", async () => {
  const { picked } = await runModel(picking(), { x, rows });
  assert.deepEqual(numbersOf(picked!), [3, 4, 5, 0, 1, 2]);
});

for (const engine of ["native", "wasm"]) {
  Deno.test(`an error of ${engine} is thrown, and nothing else of it reaches the terminal`, async () => {
    const from = (path: string) => JSON.stringify(new URL(`../../lib/${path}`, import.meta.url).href);
    const program = `
      import { GraphBuilder } from ${from("onnx/builder.ts")};
      import { float32 } from ${from("tensor/tensor.ts")};
      import { openRuntime } from ${from("runtime/engines.ts")};
      const g = new GraphBuilder();
      g.output(g.matMul(g.input("x", "float32", ["N", "M"]), g.parameter("w", float32([1, 2], [2, 1]))), "y");
      const session = await (await openRuntime({ engine: "${engine}" })).session(g.model());
      await session.run({ x: float32([1, 2, 3], [1, 3]) }).catch(({ message }) => console.log(message));`;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", program],
      env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.match(out!, /^Cannot run the model: .*dimension mismatch\n$/);
    assert.equal(err, "");
  });
}
