import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);

/** Runs the door to the tasks: its exit code, and the lines that it complains in. */
async function run(...args: string[]): Promise<{ code: number; said: string[] }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-lock", "tasks/main.ts", ...args],
    cwd: fileURLToPath(ROOT),
    env: { NO_COLOR: "1" },
  }).output();
  return { code, said: new TextDecoder().decode(stderr).trim().split("\n") };
}

Deno.test("a task that is none, or not named, is answered in a line with those that there are", async () => {
  const tasks: string[] = [];
  for await (const { name, isFile } of Deno.readDir(new URL("tasks/", ROOT))) {
    const code = isFile ? await Deno.readTextFile(new URL(`tasks/${name}`, ROOT)) : "";
    if (/^export async function task/m.test(code)) tasks.push(name.replace(/\.ts$/, ""));
  }
  tasks.sort();
  assert.ok(tasks.length > 10);
  const known = `expected ${tasks.slice(0, -1).join(", ")} or ${tasks.at(-1)}`;
  const cases: [string[], string][] = [
    [["nonsense"], 'task "nonsense"'],
    [["main"], 'task "main"'],
    [["toString"], 'task "toString"'],
    [["--help"], 'task "--help"'],
    [[], "a task without its name"],
  ];
  for (const [args, what] of cases) {
    assert.deepEqual(await run(...args), { code: 1, said: [`Cannot run ${what}: ${known}`] });
  }
});

Deno.test("a part of the gate that every object inherits is none", async () => {
  const { code, said } = await run("ok", "toString");
  assert.equal(code, 1);
  assert.match(said.join(), /^Cannot check "toString": the parts are format, /);
});
