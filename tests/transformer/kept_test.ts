import assert from "node:assert/strict";
import { Model } from "../../lib/onnx/model.ts";
import { keptOf, removeElements } from "../../lib/transformer/mod.ts";
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
  for (
    const wrong of [
      note.replace("[0,2,3]", "[0,2]"),
      note.replace(`{"id":"attention.0","kept":[0,1,2,3]},`, ""),
      note.replace("attention.1", "attention.x"),
      "not JSON",
    ]
  ) {
    assert.throws(() => keptOf(withNote(wrong)), /^SyntaxError: Cannot read what is left of model/, wrong);
  }
});
