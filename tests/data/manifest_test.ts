import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { MANIFEST } from "../../lib/data/manifest.ts";
import { dataFileIfThere } from "../data.ts";

for (const [folder, { files }] of Object.entries(MANIFEST)) {
  for (const { name, bytes, sha256 } of files) {
    const path = dataFileIfThere(`${folder}/${name}`);
    // Of another size it is the same content, compressed by somebody else.
    const theirs = path && statSync(path).size === bytes;
    Deno.test(`${folder}/${name} has the sum of the publisher's file`, { ignore: !theirs }, () => {
      const contents = readFileSync(path!);
      assert.equal(createHash("sha256").update(contents).digest("hex"), sha256);
    });
  }
}

Deno.test("every file has an address of its own name, a size and a licence", () => {
  for (const { title, licence, citation, files } of Object.values(MANIFEST)) {
    assert.ok(title && licence && citation && files.length > 0);
    for (const { name, bytes, sha256, addresses } of files) {
      assert.ok(bytes > 0 && addresses.length > 0);
      assert.match(sha256, /^[0-9a-f]{64}$/);
      for (const address of addresses) assert.ok(new URL(address).pathname.endsWith(`/${name}`), address);
    }
  }
});

Deno.test("deno task data downloads nothing where it does not understand what is asked", async () => {
  const program = new URL("../../tasks/main.ts", import.meta.url).href;
  for (const argument of ["--lst", "cifar"]) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--no-prompt", "--allow-env", "--allow-read", program, "data", argument],
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stderr),
      new RegExp(`^Cannot (read|fetch data set) "?${argument}`, "m"),
    );
  }
});
