import assert from "node:assert/strict";
import { aloneBehind, closeGates, maskGates } from "../../../lib/prune/channels/gates.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { normalFeeds } from "../each_channel.ts";
import { runNative } from "../../onnx/run_native.ts";
import { Net } from "../net.ts";

/** (a + b) + x, with a and b made by layers of their own, and gates for both. */
function twoBranches() {
  const net = new Net();
  const x = net.g.input("x", "float32", [2, 4]);
  const [a, b] = [net.linear(x, 4, 4), net.linear(x, 4, 4)];
  const inner = net.op("Add", [a, b]);
  net.g.output(net.op("Add", [inner, x]), "y");
  const gates = [{ atom: 1, output: inner, addend: 0 }, { atom: 2, output: inner, addend: 1 }];
  return { model: net.g.model(), gates };
}

Deno.test("a sum does without what is gone, and without a sum of nothing", async () => {
  const { model, gates } = twoBranches();
  const feeds = normalFeeds([2, 4]);
  const typeOf = () => "float32" as const;
  for (const gone of [[1], [2], [1, 2]]) {
    const leaves = (atom: number) => gone.includes(atom);
    const smaller = closeGates(model, gates.filter(({ atom }) => leaves(atom)));
    const masked = maskGates(model, { gates, choices: [], leaves, typeOf });
    const [a, b] = [await runNative(smaller, feeds), await runNative(masked, feeds)];
    assertClose(a["y"]!.data as Float32Array, b["y"]!.data as Float32Array, REORDERED_FLOAT32, `${gone}`);
    assert.equal(smaller.graph.initializers.size, 4 - 2 * gone.length);
  }
  assert.equal(closeGates(model, []), model);
});

Deno.test("a part has to itself what nobody else needs", () => {
  const { model, gates } = twoBranches();
  const alone = aloneBehind(model, gates);
  assert.deepEqual([...alone.get(1)!.tensors], ["w0", "w1"]);
  assert.deepEqual([...alone.get(2)!.tensors], ["w2", "w3"]);
  assert.equal(alone.get(1)!.nodes.size, 2, "a product and its bias");
});
