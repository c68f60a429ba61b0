import assert from "node:assert/strict";
import { mlp } from "../../../lib/nn/mlp.ts";
import { resnetCifar } from "../../../lib/nn/resnet_cifar.ts";
import { inferShapes } from "../../../lib/onnx/infer_shapes.ts";
import { collectGroups } from "../../../lib/prune/channels/collect_groups.ts";
import { traceChannels } from "../../../lib/prune/channels/trace.ts";

const NETWORKS = { mlp: mlp({ sizes: [4, 8, 6, 2] }), resnet: resnetCifar({ depth: 20 }) };

for (const [name, model] of Object.entries(NETWORKS)) {
  Deno.test(`${name}: channels are of one group where they touch the same places and stay for the same reasons`, () => {
    const shaped = inferShapes(model);
    const traced = traceChannels(shaped);
    const { groups, groupOf, channelOf } = collectGroups(shaped, traced);
    const { atoms, stored, filled } = traced;
    // The plain way: each channel's places and reasons as a text.
    const texts = new Map<number, string[]>();
    const touch = (label: number, place: string) => {
      const atom = atoms.find(label);
      if (label > 0) texts.set(atom, [...texts.get(atom) ?? [], place]);
    };
    for (const { tensor, axis, labels } of stored) {
      for (const label of labels) touch(label, `${tensor} ${axis}`);
    }
    const withWeights = new Set(texts.keys());
    filled.forEach((labels, i) => {
      for (const label of labels) if (withWeights.has(atoms.find(label))) touch(label, `filled ${i}`);
    });
    const kept = atoms.kept();
    const members = Map.groupBy(texts.keys(), (atom) => groupOf[atom]!);
    const plain = Map.groupBy(
      texts.keys(),
      (atom) => JSON.stringify([texts.get(atom)!.toSorted(), [...kept.get(atom) ?? []]]),
    );
    const sets = (all: Iterable<number[]>) => [...all].map((atoms) => atoms.toSorted().join()).toSorted();
    assert.deepEqual(sets(members.values()), sets(plain.values()));
    assert.ok(members.size > 1 && !members.has(-1));
    for (const [id, own] of members) {
      const { channels, slots } = groups[id]!;
      assert.deepEqual(own.map((atom) => channelOf[atom]!).toSorted((a, b) => a - b), [
        ...Array(channels).keys(),
      ]);
      // Each position of a slot is the channel's that the slot says.
      for (const { tensor, axis, width, indices } of slots) {
        const { labels } = stored.find((other) => other.tensor === tensor && other.axis === axis)!;
        indices.forEach((position, i) => {
          const atom = atoms.find(labels[position]!);
          assert.deepEqual([groupOf[atom], channelOf[atom]], [id, Math.floor(i / width)]);
        });
      }
    }
  });
}
