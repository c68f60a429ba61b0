import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { Model } from "../../lib/onnx/model.ts";
import { NOTES, notesOf } from "../../lib/transformer/notes.ts";

const { graph, info } = mlp({ sizes: [2, 2] });
const noted = (text: string) => new Model(graph, { ...info, metadata: { [NOTES]: text } });

Deno.test("Notes of a removal are read as they were written, and what are none is refused", () => {
  assert.equal(notesOf(new Model(graph, info)), undefined);
  const notes = [{ id: "attention.0" }, { id: "feed-forward.0", kept: [0, 2], at: "matmul" }];
  assert.deepEqual(notesOf(noted(JSON.stringify(notes))), notes);
  for (const wrong of ["{}", "[", '[{"id":"attention"}]', '[{"id":"attention.0","kept":[-1]}]']) {
    assert.throws(() => notesOf(noted(wrong)), /^SyntaxError: Cannot read what is left .* delete that entry/);
  }
});
