import assert from "node:assert/strict";
import { GraphBuilder } from "../../../lib/onnx/builder.ts";
import { lazyAdam } from "../../../lib/papers/opt_embed/lazy_adam.ts";
import { runModel } from "../../../lib/runtime/run_model.ts";
import { float32, numbersOf, scalar, type Tensor } from "../../../lib/tensor/tensor.ts";
import { adam, type Optimizer } from "../../../lib/train/optimizers.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";

const [value, gradient] = [float32([1, 2, 3, 4, 5, 6], [3, 2]), float32([0, 0, 0.5, 0, -1, 2], [3, 2])];

/** A weight [3, 2] and its moments after one step from given moments. */
async function stepped(optimizer: Optimizer, moment: Tensor): Promise<number[][]> {
  const g = new GraphBuilder();
  const scalars = optimizer.scalars(0, 0.1);
  const state = Object.fromEntries(optimizer.state.map((name) => [name, g.input(name, "float32", [3, 2])]));
  const after = optimizer.update(g, {
    value: g.input("value", "float32", [3, 2]),
    gradient: g.input("gradient", "float32", [3, 2]),
    state,
    scalars: Object.fromEntries(
      Object.keys(scalars).map((name) => [name, g.input(`step.${name}`, "float32", [])]),
    ),
    options: {},
  });
  const outputs = [after.value, ...optimizer.state.map((name) => after.state[name]!)];
  outputs.forEach((output, i) => g.output(g.identity(output), `out${i}`));
  const found = await runModel(g.model(), {
    value,
    gradient,
    ...Object.fromEntries(optimizer.state.map((name) => [name, moment])),
    ...Object.fromEntries(Object.entries(scalars).map(([name, number]) => [`step.${name}`, scalar(number)])),
  });
  return outputs.map((_, i) => numbersOf(found[`out${i}`]!));
}

Deno.test("rows with a gradient move as Adam moves them, and others stay as they are, moments and L2 too", async () => {
  const options = { weightDecay: 0.3 };
  const moment = float32([1, 1, 1, 1, 1, 1], [3, 2]);
  const [lazy, every] = [await stepped(lazyAdam(options), moment), await stepped(adam(options), moment)];
  const before = [numbersOf(value), ...lazy.slice(1).map(() => numbersOf(moment))];
  lazy.forEach((own, i) => {
    assert.deepEqual(own.slice(0, 2), before[i]!.slice(0, 2));
    assertClose(own.slice(2), every[i]!.slice(2), REORDERED_FLOAT32);
    assert.notDeepEqual(every[i]!.slice(0, 2), before[i]!.slice(0, 2));
  });
  assert.notEqual(lazyAdam(options).name, adam(options).name);
});
