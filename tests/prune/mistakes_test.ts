import { rejects, throws } from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { type PlanOptions, planPruning } from "../../lib/prune/plan.ts";
import { float32, int64 } from "../../lib/tensor/tensor.ts";
import type { ChannelGroup } from "../../lib/prune/channel_groups.ts";
import { checkPruned } from "../../lib/prune/check_pruned.ts";
import { prune } from "../../lib/prune/prune.ts";
import { report } from "../../lib/prune/report.ts";
import { sensitivity } from "../../lib/prune/sensitivity.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import { crossEntropy } from "../../lib/train/losses.ts";
import { runModel } from "../../lib/runtime/run_model.ts";

/** What plain JavaScript, or a notebook cell, would pass without a type checker. */
const untyped = (value: unknown): never => value as never;

Deno.test("a first user's mistakes are told what was expected", async () => {
  const model = mlp({ sizes: [4, 8, 2] });
  const plan = (options: unknown) => () => planPruning(model, untyped(options) as PlanOptions);
  throws(plan(undefined), { name: "TypeError", message: /expected at least \{ target: \{ macs: 0\.5 \} \}/ });
  throws(plan({ target: 0.5 }), {
    name: "TypeError",
    message: /Cannot plan for target 0\.5: expected one of/,
  });
  throws(plan({ target: { macs: 0.5 }, ignore: "layer" }), { name: "TypeError", message: /expected a list/ });
  await rejects(openRuntime(untyped("wasm")), { name: "TypeError", message: /such as \{ engine: "wasm" \}/ });
  await rejects(runModel(model, untyped({ input: [1, 2, 3, 4] })), {
    name: "TypeError",
    message:
      /Cannot feed "input": expected a Tensor, .*, but got \w+; make one of its numbers, as in float32\(/,
  });
});

Deno.test("what is no plan is told how one is made", () => {
  const model = mlp({ sizes: [4, 8, 2] });
  const given = (plan?: unknown) => () => prune(model, untyped(plan));
  throws(given(), /^TypeError: Cannot prune without a plan: expected what planPruning\(/);
  throws(given(0.5), /^TypeError: Cannot prune with 0\.5: expected what planPruning\(/);
  throws(
    given({ target: { macs: 0.5 } }),
    /prune with an object of target: .*options to planPruning\(model, /,
  );
  throws(given(Promise.resolve()), /prune with a promise: await the plan/);
});

Deno.test("an option that does not exist is an error that names the nearest one", async () => {
  const model = mlp({ sizes: [4, 8, 2] });
  const known = { target: { macs: 0.5 } };
  const nearest = {
    roundto: "roundTo",
    round_to: "roundTo",
    max_pruned: "maxPruned",
    criteria: "criterion",
    ignored: "ignore",
    inputShape: "inputShapes",
    Target: "target",
  };
  for (const [name, other] of Object.entries(nearest)) {
    throws(() => planPruning(model, untyped({ ...known, [name]: 4 })), {
      name: "TypeError",
      message: new RegExp(`option "${name}": did you mean "${other}"`),
    });
  }
  throws(
    () => planPruning(model, untyped({ ...known, ratio: 0.5 })),
    /option "ratio": did you mean "target"\? It knows target, criterion, scope/,
  );
  const plan = planPruning(model, known);
  const smaller = prune(model, plan);
  await rejects(
    checkPruned(model, smaller, plan, untyped({ tolerence: 1 })),
    /did you mean "tolerance"/,
  );
  await rejects(report(model, smaller, untyped({ engine: "native" })), /did you mean "engines"/);
  const data = { inputs: float32([0, 1, 1, 0], [1, 4]), targets: int64([0]) };
  await rejects(
    Array.fromAsync(sensitivity(model, data, untyped({ ratio: [0.5] }))),
    /did you mean "ratios"/,
  );
  await rejects(report(model, smaller, untyped(null)), /expected an object with any of engines, batches/);
});

Deno.test("an option of another type, and importance that is not finite, are told what was expected", () => {
  const model = mlp({ sizes: [4, 8, 2] });
  const plan = (options: unknown) => () =>
    planPruning(model, untyped({ target: { macs: 0.5 }, ...options as object }));
  for (const seed of [NaN, 1.5, -1, "a", null]) {
    throws(plan({ seed }), /seed .*expected a whole number from 0/);
  }
  for (const maxPruned of ["1", NaN, null]) {
    throws(plan({ maxPruned }), /maxPruned .*: expected a number from 0 to 1/);
  }
  for (const inputShapes of [5, null, "x"]) {
    throws(plan({ inputShapes }), /TypeError: .*inputShapes .*such as \{ "input": \[/);
  }
  for (const value of [Infinity, -Infinity, NaN]) {
    const all = ({ channels }: ChannelGroup) => new Float64Array(channels).fill(value);
    const one = ({ channels }: ChannelGroup) => new Float64Array(channels).fill(value, 1, 2);
    for (const criterion of [all, one]) {
      throws(plan({ criterion }), new RegExp(`the criterion gave ${value}; expected a finite number`));
    }
  }
});

Deno.test("an option that a plan would not look at is an error that says which plans do", async () => {
  const model = mlp({ sizes: [4, 8, 2] });
  const data = { inputs: float32([0, 1, 1, 0], [1, 4]), targets: int64([0]) };
  const plan = (options: object) => () => planPruning(model, untyped({ target: { macs: 0.5 }, ...options }));
  const taylor = /it is used only with criterion "taylor"/;
  const measured = /it is used only with criterion "taylor" or "wanda"/;
  const latency = /it is used only for a target of \{ latency \}/;
  const refused: [object, string, RegExp][] = [
    [{ trials: 3 }, "trials", latency],
    [{ measure: { runs: 2 } }, "measure", latency],
    [{ criterion: "taylor", data, trials: 3 }, "trials", latency],
    [{ loss: crossEntropy() }, "loss", taylor],
    [{ loss: 5 }, "loss", taylor],
    [{ batchSize: 4 }, "batchSize", measured],
    [{ data }, "data", measured],
    [{ data: null }, "data", measured],
    [{ target: { latency: 0.5 }, data }, "data", measured],
    [{ criterion: "wanda", data, loss: crossEntropy() }, "loss", taylor],
    [
      { signal: new AbortController().signal },
      "signal",
      /it is used only with criterion "taylor" or "wanda", or for a target of \{ latency \}/,
    ],
  ];
  for (const [options, name, why] of refused) {
    const message = new RegExp(`^Cannot plan with option "${name}" here: ${why.source}`);
    throws(plan(options), { name: "TypeError", message });
  }
  throws(plan({ top: 5 }), /option "top": it knows target/);
  throws(plan({ criterion: "taylor", data: null }), /data null: expected \{ inputs, targets \}/);
  throws(plan({ criterion: "taylor", data: {} }), /data \{\}: expected \{ inputs, targets \}/);
  throws(plan({ target: { latency: 0.5 }, measure: 5 }), /with measure with options 5: expected an object/);
  throws(plan({ target: { latency: 0.5 }, measure: { run: 5 } }), /option "run": did you mean "runs"\?/);
  for (const trials of [0, 1.5, "3", null]) {
    throws(plan({ target: { latency: 0.5 }, trials }), /trials .*: expected a whole number from 1/);
  }
  // What is not given is not misused.
  const unset = {
    trials: undefined,
    measure: undefined,
    data: undefined,
    loss: undefined,
    runtime: undefined,
  };
  planPruning(model, untyped({ target: { macs: 0.5 }, ...unset }));
  await planPruning(model, { target: { macs: 0.5 }, criterion: "taylor", data, batchSize: 1 });
});
