import assert from "node:assert/strict";
import type { Model } from "../../lib/onnx/model.ts";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { ARCHITECTURES } from "./architectures.ts";
import { assertEachChannelAlone, normalFeeds } from "./each_channel.ts";
import { Net, type NetCase } from "./net.ts";
import { OPERATORS } from "./operators.ts";

function build([_, shape, make]: NetCase): Model {
  const net = new Net();
  net.g.output(make(net, net.g.input("x", "float32", shape)), "y");
  return net.g.model();
}

for (const [name, net] of Object.entries({ ...OPERATORS, ...ARCHITECTURES })) {
  Deno.test(`${name}: without any one channel it equals the masked original, at the cost foretold`, async () => {
    const model = build(net);
    const groups = channelGroups(model);
    assert.equal(groups.prunable.reduce((n, group) => n + group.channels, 0), net[0], groups.toString());
    assert.deepEqual(groups.boundaries, []);
    await assertEachChannelAlone(model, normalFeeds(net[1].map((dim) => dim === "N" ? 2 : dim)));
  });
}
