import assert from "node:assert/strict";
import { type R1Layout, r1Size, r1Tensors } from "../../lib/lm/deepseek_r1.ts";

const GIB = 2 ** 30;

Deno.test("r1Size: the published layouts have the sizes and counts of types that loaders logged", () => {
  const tensors = r1Tensors();
  assert.equal(tensors.length, 1025);
  assert.equal((tensors.reduce((sum, { size }) => sum + size, 0) / 1e9).toFixed(3), "671.026");
  const one = r1Size("UD-IQ1_S");
  assert.deepEqual(one.counts, { F32: 361, Q4_K: 190, Q5_K: 116, Q6_K: 184, IQ2_XXS: 6, IQ1_S: 168 });
  assert.deepEqual(
    [one.bytes / GIB, one.bitsPerWeight, one.expertBits].map((value, i) => value.toFixed(i ? 4 : 3)),
    ["130.596", "1.6718", "1.5797"],
  );
  const two = r1Size("UD-Q2_K_XL");
  assert.deepEqual(two.counts, { F32: 361, Q4_K: 306, Q6_K: 184, Q3_K: 3, Q2_K: 171 });
  assert.deepEqual([(two.bytes / GIB).toFixed(3), two.bitsPerWeight.toFixed(4)], ["211.034", "2.7015"]);
  const sizes: [R1Layout, string][] = [
    ["UD-IQ1_M", "157.83"],
    ["UD-IQ1_M, down in IQ2_XXS", "151.49"],
    ["UD-IQ2_XXS", "181.62"],
  ];
  for (const [layout, size] of sizes) assert.equal((r1Size(layout).bytes / GIB).toFixed(2), size, layout);
});
