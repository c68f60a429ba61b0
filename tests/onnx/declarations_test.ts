import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { decodeModel } from "../../lib/onnx/codec/decode.ts";
import { declarations, withDeclarations } from "../../lib/onnx/declarations.ts";
import { Model } from "../../lib/onnx/model.ts";

const isWord = (word: unknown): word is "on" | "off" => word === "on" || word === "off";

const model = new GraphBuilder("declared").model();

Deno.test("what is declared is in the file, beside what was declared before", () => {
  const first = withDeclarations(model, "key", new Map([["a", "on"], ["__proto__", "off"]]));
  const second = withDeclarations(first, "key", new Map([["a", "off"], ["b", "on"]]));
  const read = declarations(decodeModel(second.toOnnx()).info, "key", isWord);
  assert.deepEqual([...read].sort(), [["__proto__", "off"], ["a", "off"], ["b", "on"]]);
  assert.deepEqual(declarations(first.info, "key", isWord).get("a"), "on", "the model given is not changed");
  assert.equal(declarations(second.info, "other", isWord).size, 0);
  assert.equal(withDeclarations(model, "key", new Map()), model);
});

Deno.test("what is malformed declares nothing: other words, and text that is no JSON", () => {
  const saying = (text: string) =>
    declarations(new Model(model.graph, { metadata: { key: text } }).info, "key", isWord);
  assert.deepEqual([...saying('{"a": "on", "b": "maybe", "c": 1}')], [["a", "on"]]);
  for (const text of ["{", "null", "3", '"on"', "[]"]) assert.equal(saying(text).size, 0, text);
});
