import assert from "node:assert/strict";
import { PACKAGED_MODELS } from "../../lib/data/package_manifest.ts";

Deno.test("each model says which package it comes in, under which licence, and how its files are known", () => {
  for (
    const [name, { package: from, version, wheel, files, licence, page }] of Object.entries(PACKAGED_MODELS)
  ) {
    // A wheel is called after its package and version: PEP 427.
    assert.equal(wheel.name, `${from.replaceAll("-", "_")}-${version}-py3-none-any.whl`);
    assert.ok(licence && new URL(page).protocol === "https:", name);
    for (const { bytes, sha256 } of [wheel, ...files]) {
      assert.match(sha256, /^[0-9a-f]{64}$/);
      assert.ok(Number.isInteger(bytes) && bytes > 0);
    }
    for (const { path, name } of files) assert.ok(path.endsWith(`/${name}`) && !path.startsWith("/"), path);
    assert.equal(new Set(files.map(({ name }) => name)).size, files.length);
  }
});
