/** Processes that this one starts end with it, however it ends. */
import assert from "node:assert/strict";
import { LOCKED } from "../kernels/jupyter/setup/packages.ts";
import { inFolder } from "./in_folder.ts";

const LIBRARY = new URL("../lib/", import.meta.url).href;

/** Programs that start another one, say so, and wait. */
const PARENTS: Record<string, string> = {
  "a program whose end is waited for": `
    import { guarded } from "${LIBRARY}guard.ts";
    const child = new Deno.Command("sleep", { args: ["100"] }).spawn();
    console.log("begun");
    await guarded(child, child.status);`,
  "Python that loops for ever": `
    import { startPython } from "${LIBRARY}questions/python/process.ts";
    const { child } = await startPython(64);
    console.log("begun");
    await child.status;`,
};

for (const [what, program] of Object.entries(PARENTS)) {
  Deno.test({
    name: `${what} ends when its parent is killed`,
    ignore: Deno.build.os !== "linux",
    fn: () =>
      inFolder(async (folder) => {
        await Deno.writeTextFile(`${folder}/parent.ts`, program);

        const parent = new Deno.Command(Deno.execPath(), {
          args: ["run", ...LOCKED, "-A", "--no-check", `${folder}/parent.ts`],

          stdin: "null",
          stdout: "piped",
        }).spawn();
        const children = () =>
          [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
            try {
              return pid > 0 &&
                new RegExp(`^PPid:\\t${parent.pid}$`, "m").test(Deno.readTextFileSync(`/proc/${pid}/status`));
            } catch {
              return false;
            }
          });
        for await (
          const text of parent.stdout.pipeThrough(new TextDecoderStream())
        ) if (/begun/.test(text)) break;
        await new Promise((done) => setTimeout(done, 300));
        const started = children();
        assert.ok(started.length >= 2, "it and its guard");
        parent.kill("SIGKILL");
        await parent.status;
        const there = (pid: number) => {
          try {
            return !/^State:\tZ/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
          } catch {
            return false;
          }
        };
        for (const end = Date.now() + 20_000; started.some(there) && Date.now() < end;) {
          await new Promise((done) => setTimeout(done, 50));
        }
        assert.deepEqual(started.filter(there), []);
      }),
  });
}
