import assert from "node:assert/strict";
import type { CellProcess } from "../../../kernels/jupyter/kernel/cell_process.ts";
import { openExecutor } from "../../../kernels/jupyter/kernel/execute.ts";
import type { Server } from "../../../kernels/jupyter/kernel/server.ts";
import type { Json, Message } from "../../../kernels/jupyter/protocol/wire.ts";

/** An executor whose processes are `processes`, one after the other; `before` runs before each cell. */
function executorOf(processes: Partial<CellProcess>[], before: () => void = () => {}) {
  const outputs: string[] = [];
  let replied: (content: Json) => void;
  const server: Pick<Server, "publish" | "reply"> = {
    publish(type, { text, evalue }) {
      if (type === "stream" || type === "error") outputs.push(String(text ?? evalue));
    },
    reply: (_channel, _request, _type, content) => Promise.resolve(replied(content)),
  };
  const cells = { ready: () => Promise.resolve(processes.shift() as CellProcess) };
  const executor = openExecutor(server as Server, cells as never, () => {
    before();
    return Promise.resolve({});
  }, () => {});
  const run = async (content: Json = {}): Promise<string[]> => {
    const { promise, resolve } = Promise.withResolvers<Json>();
    replied = resolve;
    outputs.length = 0;
    executor.add({ content: { code: "1", ...content }, metadata: {} } as unknown as Message);
    await promise;
    return [...outputs];
  };
  return { executor, run };
}

const lives = { run: () => Promise.resolve({ status: "ok" }) };

Deno.test("a process that ends while the next cell is looked at is told by that cell, once", async () => {
  const ended = {};
  let isOver = false;
  const { executor, run } = executorOf([lives, lives, lives], () => {
    if (!isOver) executor.lost("exit code 4", ended);
    isOver = true;
  });
  const [told, ...more] = await run();
  assert.match(told!, /^The process that runs the cells is gone \(exit code 4\): its variables are lost/);
  assert.deepEqual([more, await run()], [[], []]);
});

Deno.test("a loss waits for a cell that shows something, and a cell that died says it alone", async () => {
  const dies = {
    run() {
      executor.lost("exit code 5", dies);
      return Promise.reject(new Error("exit code 5"));
    },
  };
  const { executor, run } = executorOf([lives, lives, dies, lives]);
  executor.lost("exit code 4", {});
  assert.deepEqual(await run({ silent: true }), []);
  assert.match((await run()).join("; "), /^The process that runs the cells is gone \(exit code 4\)[^;]*$/);
  const [told, ...more] = await run();
  assert.match(told!, /^the process that ran the cells is gone \(exit code 5\)/);
  assert.deepEqual([more, await run()], [[], []]);
});
