import assert from "node:assert/strict";
import { limits } from "../../lib/limits.ts";
import { typed, withModel } from "./typed.ts";

Deno.test("a limit is raised as the error says, for that line alone", async () => {
  await withModel(async (path) => {
    const before = { ...limits() };
    const { code, err } = await typed("inspect", path, "--limit", "nodes=2");
    assert.equal(code, 1);
    assert.match(
      err,
      /found more than 2 nodes, if it is meant, say --limit nodes=… with a larger number, at/,
    );
    assert.deepEqual(limits(), before);
    const more = ["--limit", "nodes=1e3", "--limit", "tensors=100"];
    assert.equal((await typed("inspect", path, ...more)).code, 0);
    assert.match(
      (await typed("inspect", path, ...more, "--limit", "tensors=1")).err,
      /say --limit tensors=…/,
    );
    for (const wrong of ["node=2", "nodes", "nodes=", "nodes=0", "nodes=many", "toString=1"]) {
      const refused = await typed("inspect", path, "--limit", wrong);
      assert.deepEqual([
        refused.code,
        refused.err.startsWith(`Cannot read --limit ${wrong}: expected one of`),
      ], [
        2,
        true,
      ]);
    }
    const { out } = await typed("inspect", "--help");
    assert.ok(Object.keys(before).every((name) => out.includes(name)), out);
  });
});
