import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { canonicalJson } from "../../lib/files/canonical_json.ts";

Deno.test("equal values give equal text, whatever the order of their keys, and the text gives the value back", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    if (JSON.stringify(value).includes("__proto__")) return;
    const plain = JSON.parse(JSON.stringify(value));
    const text = canonicalJson(plain);
    assert.equal(canonicalJson(reversed(plain)), text);
    assert.deepEqual(JSON.parse(text), plain);
  }));
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, item]) => [key, reversed(item)]));
}

Deno.test("absent fields are left out, and what JSON cannot keep is refused by its place", () => {
  assert.equal(canonicalJson({ b: 1, a: undefined }), '{"b":1}');
  for (
    const [value, place] of [[NaN, "x.a[1]"], [-Infinity, "x.a[1]"], [new Map(), "x.a[1]"], [
      new Float32Array(1),
      "x.a[1]",
    ]]
  ) {
    assert.throws(() => canonicalJson({ a: [0, value] }, "x"), {
      name: "TypeError",
      message: new RegExp(`^Cannot write ${(place as string).replaceAll(/[[\]]/g, "\\$&")} as JSON: `),
    });
  }
  const circle: unknown[] = [];
  circle.push(circle);
  assert.throws(() => canonicalJson(circle), /contains itself/);
});
