import assert from "node:assert/strict";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { metaGraph } from "../../lib/metagraph/to_meta_graph.ts";
import type { MetaGraph } from "../../lib/metagraph/meta_graph.ts";
import { isBlockUse } from "../../lib/metagraph/read_blocks.ts";
import { normalForm } from "../../lib/metagraph/normal_form.ts";
import { fromMetaGraph } from "../../lib/metagraph/from_meta_graph.ts";
import type { Model } from "../../lib/onnx/model.ts";

/**
 * Makes a graph of a model and goes back: with the model's own numbers to the same model, and with new numbers to a
 * model whose graph has these numbers in all features that hold one, and whose other tensors did not change.
 */
export function assertRoundTrip(model: Model, what: string): MetaGraph {
  const graph = metaGraph(model);
  assertSound(graph, what);
  assert.equal(fromMetaGraph(model, graph), model, `${what}: unchanged`);
  let place = 0;
  // Numbers that are all different, quickly.
  const fresh = ({ dims, size }: Tensor) => {
    const data = new Float32Array(size);
    for (let i = 0; i < size; i++) data[i] = 1 + place++ * 2 ** -23;
    return new Tensor("float32", data, dims);
  };
  const wanted = graph.withFeatures(
    graph.layers.map(({ features }) => fresh(features)),
    graph.blocks.map(({ features }) => fresh(features)),
  );
  const other = fromMetaGraph(model, wanted);
  const again = metaGraph(other);
  const [before, after] = [model, other].map((each) => normalForm(each).graph.initializers);
  assert.deepEqual(again.manifest, graph.manifest, `${what}: the same manifest`);
  for (const [name, entry] of graph.manifest) {
    if (entry.state === "passed") {
      assert.equal(after!.get(name), before!.get(name), `${what}: ${name} is passed on`);
      continue;
    }
    // What is shared has the mean of several features, and what is in half precision is rounded.
    const tensor = after!.get(name) as Tensor;
    if (entry.uses.length > 1 && overlap(entry.uses) || tensor.type !== "float32") continue;
    for (const use of entry.uses) {
      if (isBlockUse(use)) {
        const [a, b] = [again, wanted].map(({ blocks }) => blocks[use.block]!.features.data as Float32Array);
        const held = a!.map((_, i) => use.taps[i % use.taps.length]! >= 0 ? 1 : 0);
        assert.ok(a!.every((value, i) => held[i] === 0 || value === b![i]), `${what}: edges of ${name}`);
      } else {
        const [a, b] = [again, wanted].map(({ layers }) => layers[use.layer]!.features.data as Float32Array);
        for (const channel of use.channels) {
          const place: number = channel * graph.slots.length + use.slot;
          assert.equal(a![place], b![place], `${what}: nodes of ${name}`);
        }
      }
    }
  }
  return graph;
}

/** Whether several places hold the same element. */
function overlap(uses: readonly Parameters<typeof isBlockUse>[0][]): boolean {
  const seen = new Set<number>();
  return uses.some((use) => {
    const first = isBlockUse(use)
      ? use.rows[0]! + (use.columns[0] ?? 0) + Math.max(use.taps[0]!, 0)
      : use.elements[0]!;
    if (seen.has(first)) return true;
    seen.add(first);
    return false;
  });
}

/** What must hold for every graph: views name nodes that exist, each once, and shapes agree with them. */
export function assertSound(graph: MetaGraph, what: string): void {
  const { layers, blocks, slots, context } = graph;
  for (const { name, channels, features, context: told } of layers) {
    assert.deepEqual(features.dims, [channels, slots.length], `${what}: features of ${name}`);
    assert.deepEqual(told.dims, [channels, context.length], `${what}: context of ${name}`);
  }
  for (const { name, kind, from, to, features, taps } of blocks) {
    const dims = kind === "dense" ? [to.length, from.length, taps.length] : [from.length, taps.length];
    assert.deepEqual(features.dims, dims, `${what}: edges of ${name}`);
    if (kind === "diagonal") assert.equal(from.length, to.length, `${what}: sides of ${name}`);
    for (const view of [from, to]) {
      const size = view.layers.reduce((sum, layer) => sum + layers[layer]!.channels, 0);
      assert.equal(new Set(view.layers).size, view.layers.length, `${what}: layers of ${name}`);
      assert.equal((view.indices ?? { length: size }).length, view.length, `${what}: length of ${name}`);
      if (!view.indices) continue;
      assert.equal(new Set(view.indices).size, view.length, `${what}: nodes of ${name} appear once`);
      assert.ok(view.indices.every((i) => i >= 0 && i < size), `${what}: nodes of ${name} exist`);
    }
  }
}
