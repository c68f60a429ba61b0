import { openRuntime } from "../../lib/runtime/engines.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { REAL_MODELS, realFeeds, realModel, realModelBytes } from "../onnx/real_models.ts";

/** Has outputs that are no tensors, which the engines' bindings do not know. */
const WITH_MAPS = "squeezenet_tensor_input";

for (const name of REAL_MODELS.filter((name) => name !== WITH_MAPS)) {
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
