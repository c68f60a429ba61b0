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
    publish(type, { text, evalue, execution_state }) {
      if (type === "status") states.push(execution_state);
      if (type === "stream" || type === "error") outputs.push(String(text ?? evalue));
    },
    reply: (_channel, _request, _type, content) => Promise.resolve(replied(content)),
  };
  const states: unknown[] = [];
  let restarts = 0;
  const cells = {
    ready: () => Promise.resolve(processes.shift() as CellProcess),
    restart: () => Promise.resolve(void restarts++),
  };
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
  return { executor, run, outputs, states, restarts: () => restarts };
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

Deno.test("a process that dies is a restart, told after the cell's own end; between cells at once", async () => {
  const dies = {
    run() {
      executor.lost("exit code 5", dies);
      return Promise.reject(new Error("exit code 5"));
    },
  };
  const { executor, run, states } = executorOf([dies, lives]);
  await run();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(states.splice(0), ["busy", "idle", "restarting"]);
  executor.lost("exit code 6", {});
  assert.deepEqual(states, ["restarting"]);
});

Deno.test("a cell that does not stop offers a restart for some seconds, and again when they are over", async () => {
  const cell = Promise.withResolvers<Json>();
  const begun = Promise.withResolvers<void>();
  const stuck = {
    run() {
      begun.resolve();
      return cell.promise;
    },
  };
  const { executor, run, outputs, restarts } = executorOf([stuck]);
  const { now } = performance;
  const running = run();
  try {
    await begun.promise;
    await executor.interrupt();
    while (outputs.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    performance.now = () => now.call(performance) + 60_000;
    await executor.interrupt();
    assert.deepEqual([outputs.length, restarts()], [2, 0], "a late stop is a first one");
    for (const text of outputs) assert.match(text, /^Still at work: .* press stop again within 15 s to end/);
    await executor.interrupt();
    assert.equal(restarts(), 1);
    cell.resolve({ status: "ok" });
    await running;
  } finally {
    performance.now = now;
  }
});

Deno.test("a cell at which the kernel fails replies so, and those after it run", async () => {
  const executor = executorOf([lives], () => {
    if (!isOver) throw new TypeError("broken");
  });
  let isOver = false;
  const [said] = await executor.run();
  assert.match(
    said!,
    /^the cell did not run: the kernel could not read or check it \(broken\); run it again/,
  );
  isOver = true;
  assert.deepEqual(await executor.run(), []);
  assert.equal(executor.executor.busy, false);
});
