import assert from "node:assert/strict";
import { bitsPerWeight, GGML_TYPES, type GgmlType, ggmlTypeOf } from "../../../lib/formats/ggml/types.ts";
import { dataFile } from "../../data.ts";

const path = dataFile("lm/testvectors/ggml_blocks.json");

Deno.test({
  name: "bits per weight are what the reference quantizer counts",
  ignore: !path,
  fn() {
    const types: Record<string, { bpw: number }> = JSON.parse(Deno.readTextFileSync(path!)).types;
    for (const [type, { bpw }] of Object.entries(types)) {
      assert.equal(bitsPerWeight(type as GgmlType), bpw, type);
    }
    assert.deepEqual(["F32", "F16", "BF16"].map((type) => bitsPerWeight(type as GgmlType)), [32, 16, 16]);
  },
});

Deno.test("each type has a number of its own, and other numbers are none", () => {
  for (const [type, { id }] of Object.entries(GGML_TYPES)) assert.equal(ggmlTypeOf(id), type);
  assert.deepEqual([4, 5, -1, 1.5].map(ggmlTypeOf), [undefined, undefined, undefined, undefined]);
});
