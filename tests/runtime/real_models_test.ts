import assert from "node:assert/strict";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { REAL_MODELS, realFeeds, realModel, realModelBytes } from "../onnx/real_models.ts";

for (const name of REAL_MODELS) {
  const bytes = realModelBytes(name);
  Deno.test({
    name: `${name} gives natively what ONNX Runtime gives for the file as it is`,
    ignore: !bytes,
    async fn() {
      const runtime = await openRuntime({ engine: "native" });
      const model = realModel(name);
      const [ours, asItIs] = [await runtime.session(model), await runtime.session(bytes!)];
      try {
        const feeds = realFeeds(name, model);
        const expected = await asItIs.run(feeds);
        for (const [output, tensor] of Object.entries(await ours.run(feeds))) {
          if (tensor.type === "string") {
            assert.deepEqual(tensor.data, expected[output]!.data);
            continue;
          }
          const numbers = (data: unknown) => Array.from(data as ArrayLike<number>, Number);
          assertClose(numbers(tensor.data), numbers(expected[output]!.data), REORDERED_FLOAT32, output);
        }
      } finally {
        await ours.release();
        await asItIs.release();
        await runtime.close();
      }
    },
  });
}
