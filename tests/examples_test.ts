/** The programs of docs/examples are run, each in an empty folder, and say something. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { inFolder } from "./in_folder.ts";

const EXAMPLES = new URL("../docs/examples/", import.meta.url);

for (const { name } of Deno.readDirSync(EXAMPLES)) {
  if (!name.endsWith(".ts")) continue;
  Deno.test(`docs/examples/${name} runs`, async () => {
    await inFolder(async (folder) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--allow-all", fileURLToPath(new URL(name, EXAMPLES))],
        cwd: folder,
        env: { NO_COLOR: "1" },
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      assert.ok(stdout.length > 20, "it says nothing");
    });
  });
}
