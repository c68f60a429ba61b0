/** Dependencies: where they are named, and that the lock file holds them alone. */
import assert from "node:assert/strict";
import { allImports, ROOT } from "./tree.ts";

Deno.test("dependencies are full pinned npm specifiers, in deps.ts files or in tests", async () => {
  const imports = await allImports();
  assert.ok(imports.length > 500, `only ${imports.length} imports were found`);
  const outside = imports.filter(({ specifier }) => !/^(\.{1,2}\/|node:)/.test(specifier));
  assert.ok(outside.length > 5);
  for (const { from, specifier } of outside) {
    assert.match(
      specifier,
      /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(-[\w.]+)?(\/|$)/,
      `an import of ${from}`,
    );
    assert.ok(
      /(^|\/)deps\.ts$/.test(from) || from.startsWith("tests/"),
      `${from} imports ${specifier} itself`,
    );
  }
});

Deno.test("deno.lock holds the dependencies that are imported, and no others", async () => {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
  const imported = (await allImports()).map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith("npm:"))
    .map((specifier) => specifier.replace(/(?<=@[\d.]+)\/.*$/, ""));
  assert.deepEqual(Object.keys(lock.specifiers).sort(), [...new Set(imported)].sort());
  assert.deepEqual(Object.keys(lock).sort(), ["npm", "specifiers", "version"]);
});
