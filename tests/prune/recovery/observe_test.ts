import assert from "node:assert/strict";
import { linearLayers } from "../../../lib/compress/linear_layers.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { planPruning } from "../../../lib/prune/plan.ts";
import { prune } from "../../../lib/prune/prune.ts";
import { observe } from "../../../lib/prune/recovery/observe.ts";
import { removalOf } from "../../../lib/prune/removal.ts";
import { openRuntime } from "../../../lib/runtime/engines.ts";
import { numbersOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";
import { normalFeeds } from "../each_channel.ts";
import { runNative } from "../../onnx/run_native.ts";
import { Net } from "../net.ts";

Deno.test("sums over inputs and over what the output lacks are those of plain loops, over all batches", async () => {
  const net = new Net();
  const x = net.g.input("x", "float32", ["N", 3]);
  const hidden = net.op("Relu", [net.linear(x, 3, 6)]);
  net.g.output(net.op("Gemm", [hidden, net.weight(6, 2), net.weight(2)]), "y");
  const model = net.g.model();
  const plan = planPruning(model, { target: { macs: 0.5 }, roundTo: 1 });
  const groups = channelGroups(model);
  const now = inferShapes(prune(model, plan));
  const layer = linearLayers(now).at(-1)!;
  const feeds = normalFeeds([5, 3]);
  const runtime = await openRuntime({ engine: "native" });
  try {
    const place = {
      layer,
      output: "y",
      bias: layer.node.inputs[2],
      now,
      groups,
      removal: removalOf(groups, plan, "look"),
    };
    const batches = async function* () {
      const { x } = feeds;
      for (const [from, to] of [[0, 2], [2, 5]] as const) {
        yield {
          x: new (x.constructor as typeof Tensor)(
            "float32",
            (x.data as Float32Array).slice(3 * from, 3 * to),
            [to - from, 3],
          ),
        };
      }
    };
    const seen = await observe(place, { engine: runtime, batches: batches(), signal: undefined });
    const shown = now.withGraph({ ...now.graph, outputs: [...now.graph.outputs, layer.input] });
    const small = await runNative(shown, feeds);
    const y = numbersOf((await runNative(model, feeds))["y"]!);
    const [given, inputs] = [numbersOf(small["y"]!), numbersOf(small[layer.input]!)];
    const n = layer.columns;
    const at = (token: number, j: number) => j === n ? 1 : inputs[token * n + j]!;
    const sum = (f: (token: number) => number) => [0, 1, 2, 3, 4].reduce((all, token) => all + f(token), 0);
    const gram = Array.from(
      { length: (n + 1) ** 2 },
      (_, i) => sum((t) => at(t, Math.floor(i / (n + 1))) * at(t, i % (n + 1))),
    );
    const cross = Array.from({ length: 2 * (n + 1) }, (_, i) => {
      const row = Math.floor(i / (n + 1));
      return sum((t) => (y[2 * t + row]! - given[2 * t + row]!) * at(t, i % (n + 1)));
    });
    assertClose(seen.gram[0]!, gram, REORDERED_FLOAT32, "gram");
    assertClose(seen.cross[0]!, cross, REORDERED_FLOAT32, "cross");
    assertClose([seen.squares], [y.reduce((all, value) => all + value * value, 0)], REORDERED_FLOAT32);
    assert.ok(seen.missing > 0);
  } finally {
    await runtime.close();
  }
});
