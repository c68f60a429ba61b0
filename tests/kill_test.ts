import assert from "node:assert/strict";
import { kill } from "../lib/kill.ts";

Deno.test("a process is killed, and one that has ended already is no error", async () => {
  const start = (code: string) =>
    new Deno.Command(Deno.execPath(), { args: ["eval", code], stdout: "null", stderr: "null" }).spawn();
  const running = start("await new Promise((resolve) => setTimeout(resolve, 60_000))");
  kill(running);
  assert.equal((await running.status).signal, "SIGKILL");
  kill(running);
  const ended = start("");
  assert.equal((await ended.status).code, 0);
  kill(ended);
});
