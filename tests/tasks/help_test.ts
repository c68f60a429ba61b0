import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

Deno.test("every task of deno.json says how it is used, and sets up nothing to say it", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  for (const [name, { command }] of Object.entries(tasks as Record<string, { command: string }>)) {
    const [deno, ...args] = command.split(" ");
    assert.equal(deno, "deno");
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [...args, "--help"],
      cwd: fileURLToPath(ROOT),
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout);
    assert.equal(code, 0, name);
    assert.match(said, new RegExp(`deno task ${RegExp.escape(name)} `));
  }
});
