import assert from "node:assert/strict";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { networkDrawing } from "../../../lib/page/worker/network_drawing.ts";
import { channelGroups } from "../../../lib/prune/channel_groups.ts";

const model = resnetCifar({ depth: 20, widths: [16, 32, 64], seed: 3 });
const drawing = networkDrawing(channelGroups(model));

Deno.test("the drawing has a row for each layer, with its group's letter, colour and reason to stay", () => {
  const groups = channelGroups(model);
  const letters = new Map<string, Set<number>>();
  for (const { letter, group } of drawing.rows) {
    if (letter !== undefined) letters.set(letter, (letters.get(letter) ?? new Set()).add(group!));
  }
  assert.ok(letters.size >= 2);
  for (const [letter, ids] of letters) {
    assert.equal(ids.size, 1, `letter ${letter} stands for ${ids.size} groups`);
  }
  const last = drawing.rows.find(({ tensor }) => tensor === "linear.weight");
  assert.match(last!.why!, /"logits" is an output of the graph/);
  const convolutions = model.graph.nodes.filter(({ op }) => op === "Conv").map(({ inputs }) => inputs[1]);
  assert.deepEqual(drawing.rows.flatMap(({ tensor }) => tensor ?? []).slice(0, -1), convolutions);
  for (const { group, why } of drawing.rows) {
    if (group !== undefined) assert.equal(why, groups.groups[group]!.protectedBy[0]);
  }
  for (const [from, to] of drawing.edges) assert.ok(from < to);
});
