import assert from "node:assert/strict";
import { Model } from "../../lib/onnx/model.ts";
import { keptOf, removeElements, transformerOf } from "../../lib/transformer/mod.ts";
import { built } from "./built.ts";
import { configured, network } from "./networks.ts";

Deno.test("What is left is told by the first network's numbers, also after a second removal", async () => {
  const model = await network("our bert");
  const first = removeElements(
    model,
    configured(["attention.0", "attention.1.head.1", "feed-forward.0.group.0"]),
  );
  const second = removeElements(first, configured(["attention.0.head.1", "hard-attention.0"]));
  assert.deepEqual(keptOf(second), [
    { id: "attention.0" },
    { id: "feed-forward.0", kept: Array.from({ length: 20 }, (_, i) => i + 4) },
    { id: "attention.1", kept: [0, 3], k: 3 },
    { id: "feed-forward.1", kept: Array.from({ length: 24 }, (_, i) => i) },
  ]);
  assert.equal(keptOf(model), undefined);
  assert.equal(removeElements(model, configured([])), model);
});

Deno.test("Metadata that the tensors contradict are refused", async () => {
  const smaller = removeElements(await network("our bert"), configured(["attention.1.head.1"]));
  const withNote = (text: string) =>
    new Model(smaller.graph, { ...smaller.info, metadata: { "espalier.transformer": text } });
  const note = smaller.info.metadata["espalier.transformer"]!;
  assert.ok(keptOf(withNote(note)));
  // Files without names of projections, and those whose names another program changed, are read in order.
  assert.deepEqual(keptOf(withNote(note.replaceAll(/,"at":"\w+"/g, ""))), keptOf(smaller));
  assert.deepEqual(keptOf(withNote(note.replaceAll(/"at":"/g, '"at":"other_'))), keptOf(smaller));
  for (
    const wrong of [
      note.replace("[0,2,3]", "[0,2]"),
      note.replaceAll(/,"at":"\w+"/g, "").replace(`{"id":"attention.0","kept":[0,1,2,3]},`, ""),
      note.replace("attention.1", "attention.x"),
      "not JSON",
    ]
  ) {
    for (const read of [keptOf, (model: Model) => removeElements(model, configured(["attention.0"]))]) {
      assert.throws(() => read(withNote(wrong)), /^SyntaxError: Cannot read what is left of model/, wrong);
    }
  }
});

Deno.test("A block that is seen only when the one beside it has gone comes last, by a number of its own", () => {
  const parallel = built({ parallel: true });
  const all = removeElements(parallel, configured(["attention.0"]));
  assert.deepEqual(keptOf(all)!.map(({ id, kept }) => [id, kept?.length]), [
    ["feed-forward.0", 10],
    ["attention.0", undefined],
    ["feed-forward.1", 10],
    ["attention.1", 4],
  ]);
  // Where their sum is asked for itself, one of them is its stream.
  const sums = new Set(transformerOf(parallel).blocks.map(({ sum }) => sum));
  const { graph } = parallel;
  const model = parallel.withGraph({ ...graph, outputs: [...graph.outputs, ...sums] });
  const first = removeElements(model, configured(["attention.0", "attention.1.head.3"]));
  const left = [{ id: "attention.0" }, { id: "attention.1", kept: [0, 1, 2] }];
  assert.deepEqual(keptOf(first), left);
  const second = removeElements(first, configured(["feed-forward.0.group.0", "attention.0.head.0"]));
  assert.deepEqual(keptOf(second), [
    { id: "attention.0" },
    { id: "attention.1", kept: [1, 2] },
    { id: "feed-forward.0", kept: [2, 3, 4, 5, 6, 7, 8, 9] },
  ]);
});

Deno.test("The last group of queries that share a key stays one part, of which its queries are none", () => {
  const first = removeElements(built({ keys: 2 }), configured(["attention.0.head.0"]));
  assert.deepEqual(transformerOf(first).blocks.map(({ parts }) => parts), [1, 10, 2, 10]);
  const second = removeElements(first, configured(["attention.1.head.0"]));
  assert.deepEqual(keptOf(second)!.map(({ kept }) => kept?.length === 1 ? kept : []), [[1], [], [1], []]);
});
