import assert from "node:assert/strict";
import { meant, UsageError } from "../../lib/cli/command.ts";

Deno.test("what the library refuses of what was typed cannot be meant, in the library's words", () => {
  const cause = new RangeError("Cannot prune with kinds filters: expected channels");
  const refused = () => {
    throw cause;
  };
  assert.throws(
    () => meant(refused),
    (error: Error) => error instanceof UsageError && error.message === cause.message && error.cause === cause,
  );
  assert.equal(meant(() => 3), 3);
});
