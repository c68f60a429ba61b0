import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";
import { keptPart } from "../../../lib/prune/kept/kept_part.ts";
import { removalFrom } from "../../../lib/prune/removal.ts";
import { float32 } from "../../../lib/tensor/tensor.ts";

Deno.test("of a value stays what the pruned model has of it, along each axis with channels", () => {
  const groups = channelGroups(mlp({ sizes: [2, 3, 1] }));
  const [hidden] = groups.prunable;
  const removal = removalFrom(
    groups,
    groups.groups.map(({ channels, id }) => {
      const gone = new Uint8Array(channels);
      if (id === hidden!.id) gone[1] = 1;
      return gone;
    }),
  );
  const [relu] = groups.model.graph.nodes.filter(({ op }) => op === "Relu");
  const part = keptPart(float32([1, 2, 3, 4, 5, 6], [2, 3]), relu!.outputs[0]!, groups, removal);
  assert.deepEqual([part.dims, [...part.data as Float32Array]], [[2, 2], [1, 3, 4, 6]]);
  const logits = float32([1, 2], [2, 1]);
  assert.deepEqual(keptPart(logits, groups.model.graph.outputs[0]!, groups, removal), logits);
});
