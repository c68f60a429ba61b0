import assert from "node:assert/strict";
import { COMMANDS } from "../../../lib/cli/commands/table.ts";
import { typed } from "../typed.ts";

Deno.test("help lists every command, and each has a page", async () => {
  const { code, out } = await typed();
  assert.equal(code, 0);
  for (const [name, { summary }] of Object.entries(COMMANDS)) {
    assert.match(out, new RegExp(`^  ${name} +${RegExp.escape(summary)}$`, "m"));
    const page = await typed("help", name);
    assert.equal(page.code, 0);
    assert.match(page.out, new RegExp(`^Usage: espalier ${name} `));
    assert.match(page.out, /^Examples:\n {2}# /m);
    assert.deepEqual(await typed(name, "--help"), page);
  }
  assert.deepEqual(await typed("--version"), { code: 0, out: "0.1.0", err: "" });
});
