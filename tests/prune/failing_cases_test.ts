import assert from "node:assert/strict";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { assertEachChannelAlone, assertEqualsMask } from "./each_channel.ts";
import { failingCase } from "./failing_cases.ts";

/** What is right: how many channels may leave, and reasons that plans must tell. */
interface Right {
  free: number;
  why?: RegExp;
}

const CASES: Record<string, Right> = {
  gn1plain: { free: 10, why: /^InstanceNormalization .* averages over it$/ },
  gn1plain_d: { free: 10, why: /^InstanceNormalization .* averages over it$/ },
  groupnorm1: { free: 0, why: /^InstanceNormalization .* averages over it$/ },
  tasnet: { free: 0, why: /^InstanceNormalization .* averages over it$/ },
  tokbn: { free: 16 },
  mixer: { free: 12 + 14 + 9 },
  chanpool3d: { free: 8, why: /^MaxPool .* slides its window over it$/ },
  unbind_plain: { free: 2 + 8 },
  gates: { free: 8, why: /^Mul .* needs its only position$/ },
  eca: { free: 6, why: /^Conv "\/k\/Conv" .* slides its window over it$/ },
  cumsum: { free: 8 },
};

for (const [name, { free, why }] of Object.entries(CASES)) {
  const found = failingCase(name);
  Deno.test(
    `${name}: what may leave can leave, one by one and many at once`,
    { ignore: !found },
    async () => {
      const { model, feeds } = found!;
      const groups = channelGroups(model);
      assert.equal(groups.prunable.reduce((n, group) => n + group.channels, 0), free, groups.toString());
      const reasons = groups.groups.flatMap(({ protectedBy }) => protectedBy);
      if (why) assert.ok(reasons.some((reason) => why.test(reason)), reasons.join("\n"));
      await assertEachChannelAlone(model, feeds);
      if (free === 0) return;
      const inputShapes = Object.fromEntries(
        Object.entries(feeds).map(([name, { dims }]) => [name, [...dims]]),
      );
      const plan = planPruning(model, { target: { macs: 0.6 }, inputShapes });
      const pruned = await assertEqualsMask(model, plan, feeds, "half of it");
      const { macs, parameters } = countMacs(pruned, { inputShapes });
      assert.deepEqual([plan.after.macs, plan.after.parameters], [macs, parameters]);
    },
  );
}
