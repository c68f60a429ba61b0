import assert from "node:assert/strict";
import { evaluate } from "../../lib/train/evaluate.ts";
import { measureLatency } from "../../lib/prune/latency/latency.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { requireRuntime } from "../../lib/runtime/require_runtime.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { axSearch, timeInTurns } from "../../lib/transformer/mod.ts";
import { encoder, examples } from "../transformer/search/small_encoder.ts";

Deno.test("what is no runtime is told, whoever was to compute with it", async () => {
  requireRuntime(await openRuntime());
  const model = mlp({ sizes: [2, 2] });
  const inputs = float32([1, 2], [1, 2]);
  const given = [["wasm" as never, 'the text "wasm"'], [
    openRuntime() as never,
    "a promise, which has to be",
  ]] as const;
  for (const [runtime, words] of given) {
    const calls = [
      () => runModel(model, { input: inputs }, { runtime }),
      () => evaluate(model, { inputs, targets: [0] }, { runtime }),
      () => measureLatency(model, { runtime }),
      () => timeInTurns(model, model, [{ input: inputs }], { runtime }),
      async () => axSearch(encoder(), await examples(2), { runtime }),
    ];
    for (const call of calls) {
      await assert.rejects(
        call,
        ({ message }: Error) =>
          message.startsWith(`Cannot compute with ${words}`) && message.includes("openRuntime(") ||
          assert.fail(message),
      );
    }
  }
});
