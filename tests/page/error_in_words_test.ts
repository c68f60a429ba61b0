import assert from "node:assert/strict";
import { errorInWords } from "../../lib/page/error_in_words.ts";

Deno.test("whatever was thrown stands on the page as a sentence with an end", () => {
  const cases: readonly [unknown, string][] = [
    [new Error("Cannot open a.onnx: it is empty"), "Cannot open a.onnx: it is empty."],
    [new Error("Was it moved?"), "Was it moved?"],
    ["stopped!", "stopped!"],
    [new Error(" \n"), "Something failed and did not say why."],
    [undefined, "undefined."],
  ];
  for (const [thrown, sentence] of cases) assert.equal(errorInWords(thrown), sentence);
});
