import { rejects, throws } from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { type PlanOptions, planPruning } from "../../lib/prune/plan.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { runModel } from "../../lib/runtime/run_model.ts";

/** What plain JavaScript, or a notebook cell, would pass without a type checker. */
const untyped = (value: unknown): never => value as never;

Deno.test("a first user's mistakes are told what was expected", async () => {
  const model = mlp({ sizes: [4, 8, 2] });
  const plan = (options: unknown) => () => planPruning(model, untyped(options) as PlanOptions);
  throws(plan(undefined), { name: "TypeError", message: /expected at least \{ target \}/ });
  throws(plan({ target: 0.5 }), {
    name: "TypeError",
    message: /Cannot plan for target 0\.5: expected one of/,
  });
  throws(plan({ target: { macs: 0.5 }, ignore: "layer" }), { name: "TypeError", message: /expected a list/ });
  await rejects(openRuntime(untyped("wasm")), { name: "TypeError", message: /such as \{ engine: "wasm" \}/ });
  await rejects(runModel(model, untyped({ input: [1, 2, 3, 4] })), {
    name: "TypeError",
    message: /Cannot feed "input": expected a Tensor/,
  });
});
