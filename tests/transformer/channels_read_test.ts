import assert from "node:assert/strict";
import { channelGroups } from "../../lib/prune/channel_groups.ts";
import { channelsReadBy } from "../../lib/transformer/channels_read.ts";
import { transformerOf } from "../../lib/transformer/mod.ts";
import { built } from "./built.ts";

Deno.test("Channels that a projection reads are those before it, where channels of the stream may go too", () => {
  const model = built({ norm: "rms", keys: 2 });
  const { blocks } = transformerOf(model);
  const groups = channelGroups(model);
  const stream = groups.prunable.find(({ slots }) => slots.some(({ tensor }) => tensor === "table"))!;
  assert.ok(blocks.every(({ weight }) => stream.slots.some(({ tensor }) => tensor === weight)));
  const [attention, neurons] = blocks.map((block) => channelsReadBy(groups)(block)!);
  // Two heads of three columns each share a key.
  assert.deepEqual([...attention!.channelOf], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
  assert.deepEqual([...neurons!.channelOf], Array.from({ length: 10 }, (_, i) => i));
  assert.notEqual(attention!.group, stream);
});

Deno.test("A projection that reads other columns, or is not there, reads no channels", () => {
  const groups = channelGroups(built({}));
  const { projection, width } = transformerOf(built({})).blocks[0]!;
  assert.equal(channelsReadBy(groups)({ projection, width: width + 1 }), undefined);
  assert.equal(channelsReadBy(groups)({ projection: "nowhere", width }), undefined);
});
