import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { Tensor } from "../../lib/tensor/tensor.ts";

for (const engine of ["native", "wasm"] as const) {
  Deno.test(`${engine}: halves are fed, given back, and carried from run to run`, async () => {
    const g = new GraphBuilder("halves");
    const x = g.input("x", "float16", ["N"]);
    const state = g.input("state", "float16", ["N"]);
    g.output(g.cast(x, "float32"), "y");
    g.output(g.node("Neg", [g.node("Neg", [state])[0]!])[0]!, "next");
    const runtime = await openRuntime({ engine });
    try {
      const session = await runtime.session(g.model(), { carry: { state: "next" } });
      const halves = new Tensor("float16", Float16Array.of(1.5, -2, 65504) as never, [3]);
      await session.setState({ state: halves });
      for (let run = 0; run < 2; run++) {
        const { y } = await session.run({ x: halves });
        assert.deepEqual([...y!.data as Float32Array], [1.5, -2, 65504]);
      }
      const kept = (await session.state())["state"]!;
      assert.deepEqual([kept.type, [...kept.data as Float32Array]], ["float16", [1.5, -2, 65504]]);
    } finally {
      await runtime.close();
    }
  });
}
