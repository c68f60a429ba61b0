/** Both ends of the talk between page and worker, joined without either. */
import assert from "node:assert/strict";
import { mlp } from "../../lib/nn/mlp.ts";
import { answerMessages } from "../../lib/page/worker/answer_messages.ts";
import type { FromWorker, PageFile, ProgressView, ToWorker } from "../../lib/page/protocol.ts";
import { newWorkbench, type Workbench } from "../../lib/page/worker/workbench.ts";
import { type Ask, Stopped, type WorkerClient, workerClient } from "../../lib/page/worker_client.ts";

/** A client whose worker is here: messages are copied as a worker's are. */
function joined(
  bench: Workbench,
  { next = () => bench, restore = () => Promise.resolve() }: {
    next?: () => Workbench;
    restore?: (ask: Ask) => Promise<void>;
  } = {},
): { client: WorkerClient; told: ProgressView[]; fail(message: string): void } {
  const told: ProgressView[] = [];
  let events = new EventTarget();
  let begun = 0;
  const begin = () => {
    const ours = events = new EventTarget();
    const hear = answerMessages(begun++ === 0 ? bench : next(), (message: FromWorker, transfer) => {
      ours.dispatchEvent(new MessageEvent("message", { data: structuredClone(message, { transfer }) }));
    });
    return {
      postMessage: (message: ToWorker, transfer: ArrayBuffer[] = []) =>
        hear(structuredClone(message, { transfer })),
      addEventListener: ours.addEventListener.bind(ours),
      terminate: () => {},
    } as unknown as Worker;
  };
  return {
    client: workerClient(begin, { tell: (progress) => told.push(progress), restore }),
    told,
    fail: (message) => events.dispatchEvent(Object.assign(new Event("error"), { message })),
  };
}

const noEngine = () => Promise.reject(new Error("no engine is here"));
const file = (): PageFile => ({
  name: "m.onnx",
  bytes: mlp({ sizes: [4, 32, 3] }).toOnnx() as Uint8Array<ArrayBuffer>,
});
const request = { target: "macs", keep: 0.5, criterion: "l2", inputShapes: {} } as const;

Deno.test("requests are answered in their order, and a file is given away whole", async () => {
  const { client, told } = joined(newWorkbench(noEngine));
  const answers = [
    client.ask("open", { files: [file()] }),
    client.ask("plan", request),
    client.ask("prune", {}),
  ];
  await Promise.all(answers);
  assert.ok(told.some(({ title }) => title === "Reading the model"));
  const [one, two] = [await client.ask("file", {}), await client.ask("file", {})];
  assert.equal(one.name, "m-macs-50.onnx");
  assert.deepEqual(one.bytes, two.bytes);
});

Deno.test("an error comes as a sentence, and the next request is answered", async () => {
  const { client } = joined(newWorkbench(noEngine));
  await assert.rejects(client.ask("prune", {}), /^Error: Cannot do this without a model: open one first\.$/);
  await client.ask("open", { files: [file()] });
  await client.ask("plan", request);
  await client.ask("prune", {});
  await assert.rejects(client.ask("check", {}), /no engine is here\./);
});

Deno.test("what runs is stopped, and what waits behind it is not", async () => {
  const bench = newWorkbench(noEngine);
  const { client } = joined({
    ...bench,
    time: (_, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const [timed, opened] = [client.ask("time", { engine: "wasm" }), client.ask("open", { files: [file()] })];
  await new Promise((resolve) => setTimeout(resolve));
  client.stop();
  await assert.rejects(timed, Stopped);
  assert.equal((await opened).name, "m.onnx");
});

Deno.test("what has no steps is stopped with its worker, and the next one has what that had", async () => {
  const bench = newWorkbench(noEngine);
  const never = () => new Promise<never>(() => {});
  const { client } = joined({ ...bench, open: never }, {
    next: () => newWorkbench(noEngine),
    restore: async (ask) => {
      await ask("open", { files: [file()] });
      await ask("plan", request);
    },
  });
  const opened = client.ask("open", { files: [{ ...file(), name: "endless.onnx" }] });
  await new Promise((resolve) => setTimeout(resolve));
  client.end();
  await assert.rejects(opened, Stopped);
  assert.equal((await client.ask("prune", {})).name, "m-macs-50.onnx");
});

Deno.test("where the next worker cannot have what was open, it says why, and opens another model", async () => {
  const bench = newWorkbench(noEngine);
  const never = () => new Promise<never>(() => {});
  const { client } = joined({ ...bench, prune: never }, {
    next: () => newWorkbench(noEngine),
    restore: () => Promise.reject(new Error("m.onnx was moved")),
  });
  const pruned = client.ask("prune", {});
  await new Promise((resolve) => setTimeout(resolve));
  client.end();
  await assert.rejects(pruned, Stopped);
  await assert.rejects(client.ask("check", {}), /m\.onnx was moved/);
  await client.ask("open", { files: [file()] });
  await client.ask("plan", request);
});

Deno.test("where the worker itself fails, all that wait are told", async () => {
  const never = () => new Promise<never>(() => {});
  const { client, fail } = joined({ ...newWorkbench(noEngine), plan: never });
  const planned = client.ask("plan", request);
  fail("out of memory");
  await assert.rejects(planned, /The page's worker failed: out of memory; reload the page/);
  await assert.rejects(client.ask("open", { files: [file()] }), /out of memory; reload the page/);
});
