import assert from "node:assert/strict";
import { allowedTokens, isThisMachine } from "../../lib/chat/consent.ts";

/** What is allowed where the variable is so. */
function allowedBy(value: string | undefined): number | undefined {
  const before = Deno.env.get("ESPALIER_CHAT_TOKENS");
  try {
    if (value === undefined) Deno.env.delete("ESPALIER_CHAT_TOKENS");
    else Deno.env.set("ESPALIER_CHAT_TOKENS", value);
    return allowedTokens();
  } finally {
    if (before === undefined) Deno.env.delete("ESPALIER_CHAT_TOKENS");
    else Deno.env.set("ESPALIER_CHAT_TOKENS", before);
  }
}

Deno.test("nobody has agreed where nothing is said, and what is no number of tokens is no yes", () => {
  assert.deepEqual([undefined, "", "1_000_000", "20,000", "5"].map(allowedBy), [
    undefined,
    undefined,
    1_000_000,
    20_000,
    5,
  ]);
  for (const value of ["yes", "0", "-5", "1.5"]) {
    assert.throws(() => allowedBy(value), {
      name: "RangeError",
      message: `Cannot read ESPALIER_CHAT_TOKENS: expected a number of tokens above 0, found "${value}"`,
    });
  }
});

Deno.test("nothing is paid for on this machine alone, whatever a stranger's name begins with", () => {
  for (const host of ["localhost:8080", "127.0.0.1", "[::1]:1"]) {
    assert.ok(isThisMachine(`http://${host}/v1`), host);
  }
  for (const host of ["localhost.example.com", "127.0.0.1.example.com", "api.example.com/localhost"]) {
    assert.ok(!isThisMachine(`https://${host}/v1`), host);
  }
});
