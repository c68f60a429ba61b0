import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { placeOfText } from "../../lib/files/bytes_of_text.ts";

Deno.test("a text is found among bytes where it first stands from a place on", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 });
  const long = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 40 });
  fc.assert(fc.property(text, long, fc.nat(40), (wanted, all, from) => {
    assert.equal(placeOfText(wanted, new TextEncoder().encode(all), from), all.indexOf(wanted, from));
  }));
});
