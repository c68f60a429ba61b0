import assert from "node:assert/strict";
import type { Value } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { assertEachChannelAlone, assertEqualsMask, normalFeeds } from "./each_channel.ts";
import { Net } from "./net.ts";

const SHAPE = [2, 12, 5, 5];
const feeds = normalFeeds(SHAPE);

function modelOf(build: (n: Net, x: Value) => Value): Model {
  const n = new Net();
  n.g.output(build(n, n.g.input("x", "float32", SHAPE)), "y");
  return n.g.model();
}

/** [inputs, outputs, groups] in either direction. */
const grouped = (op: string) => (n: Net, x: Value, from: number, to: number, group: number): Value =>
  n.op(op, [
    x,
    op === "Conv" ? n.weight(to, from / group, 3, 3) : n.weight(from, to / group, 3, 3),
    n.weight(to),
  ], { group, pads: [1, 1, 1, 1] });

for (const op of ["Conv", "ConvTranspose"]) {
  const layer = grouped(op);
  for (const [to, groups] of [[4, 2], [6, 2], [24, 3], [24, 12], [24, 6]] as const) {
    Deno.test(`${op} of ${groups} groups on an input: the same place of all groups may leave, ${to} wide`, async () => {
      const model = modelOf((n, x) => n.conv(n.op("Relu", [layer(n, x, 12, to, groups)]), to, 3));
      const { prunable, groups: all } = channelGroups(model);
      assert.deepEqual(prunable.map(({ channels }) => channels), [to / groups]);
      const reasons = all.flatMap(({ protectedBy }) => protectedBy);
      assert.deepEqual([...new Set(reasons)].sort(), [
        '"x" is an input of the graph',
        '"y" is an output of the graph',
      ]);
      await assertEachChannelAlone(model, feeds);
    });

    Deno.test(`${op} of ${groups} groups at an output: the same place of all groups may leave, ${to} wide`, async () => {
      const model = modelOf((n, x) => layer(n, n.op("Relu", [n.conv(x, 12, to)]), to, 12, groups));
      assert.deepEqual(
        channelGroups(model).prunable.map(({ channels }) => channels),
        to === groups ? [] : [to / groups],
      );
      await assertEachChannelAlone(model, feeds);
    });
  }
}

Deno.test("Convolutions in groups: the bound does not rise from one round of pruning to the next", async () => {
  const stem = (n: Net, x: Value) => n.op("Relu", [n.conv(x, 12, 12, 1)]);
  const nets: Record<string, (n: Net, x: Value) => Value> = {
    "transposed": (n, x) =>
      n.conv(grouped("ConvTranspose")(n, n.conv(stem(n, x), 12, 18, 1), 18, 12, 2), 12, 3),
    "wider than deep": (n, x) => n.conv(grouped("Conv")(n, stem(n, x), 12, 24, 4), 24, 3),
    "normed": (n, x) => {
      const y = grouped("Conv")(n, stem(n, x), 12, 24, 3);
      const parts = n.op("InstanceNormalization", [n.reshape(y, 0, 6, -1), n.level(6, 1), n.level(6, 0)]);
      return n.conv(n.reshape(parts, 2, 24, 5, 5), 24, 3);
    },
    "one after the other": (n, x) => {
      const wide = n.op("Relu", [grouped("Conv")(n, stem(n, x), 12, 24, 12)]);
      const y = n.op("Relu", [grouped("Conv")(n, wide, 24, 18, 3)]);
      return n.conv(n.op("Add", [y, grouped("Conv")(n, y, 18, 18, 6)]), 18, 3);
    },
  };
  for (const [name, build] of Object.entries(nets)) {
    for (let seed = 0; seed < 6; seed++) {
      let model = modelOf(build);
      let bound = Infinity;
      for (let round = 0; round < 8; round++) {
        const settings = { criterion: "random", seed: seed + round } as const;
        const { reachable, before } = planPruning(model, { ...settings, target: { parameters: 1 } });
        assert.ok(
          reachable.parameters <= bound,
          `${name}, round ${round}: ${bound} to ${reachable.parameters}`,
        );
        bound = reachable.parameters;
        const parameters = Math.min(1, Math.max(0.8, bound / before.parameters + 1e-9));
        const plan = planPruning(model, { ...settings, target: { parameters } });
        if (plan.groups.every(({ removed }) => removed.length === 0)) break;
        // What was decided lies in the file, too.
        model = decodeModel((await assertEqualsMask(model, plan, feeds, `${name}, round ${round}`)).toOnnx());
      }
    }
  }
});
