import assert from "node:assert/strict";
import type { FromWorker, ToWorker } from "../../../lib/page/protocol.ts";
import { answerMessages } from "../../../lib/page/worker/answer_messages.ts";
import { newWorkbench, type Workbench } from "../../../lib/page/worker/workbench.ts";

/** What is posted in answer to messages, and the buffers that go with it; heard until so many answers came. */
async function heard(bench: Partial<Workbench>, messages: readonly ToWorker[], count: number) {
  const posted: FromWorker[] = [];
  const given: ArrayBuffer[] = [];
  const done = Promise.withResolvers<void>();
  const none = newWorkbench(() => Promise.reject(new Error("no engine")));
  const hear = answerMessages({ ...none, ...bench }, (message, give) => {
    posted.push(message);
    given.push(...give);
    if (posted.filter((one) => !("progress" in one)).length === count) done.resolve();
  });
  for (const message of messages) hear(message);
  await done.promise;
  return { posted, given };
}

Deno.test("messages are answered one after another, with how far each is, and a file's bytes are given away", async () => {
  const bytes = new Uint8Array(3);
  const order: string[] = [];
  const { posted, given } = await heard(
    {
      async prune(_, { progress }) {
        order.push("prune begins");
        await progress.start("Pruning", 2);
        await progress.step(1);
        order.push("prune ends");
        return { name: "a.onnx", bytes: 3 };
      },
      file() {
        order.push("file");
        return Promise.resolve({ name: "a.onnx", bytes });
      },
    },
    [{ id: 4, name: "prune", asks: {} }, { id: 5, name: "file", asks: {} }],
    2,
  );
  assert.deepEqual(order, ["prune begins", "prune ends", "file"]);
  assert.deepEqual(posted, [
    { id: 4, progress: { title: "Pruning", done: 0, total: 2 } },
    { id: 4, progress: { title: "Pruning", done: 1, total: 2 } },
    { id: 4, answer: { name: "a.onnx", bytes: 3 } },
    { id: 5, answer: { name: "a.onnx", bytes } },
  ]);
  // What has bytes as a number gives nothing away.
  assert.deepEqual(given, [bytes.buffer]);
});

Deno.test("what fails is a sentence, and says whether somebody stopped it", async () => {
  const posted: FromWorker[] = [];
  const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const bench = newWorkbench(() => Promise.reject(new Error("no engine")));
  const endless: Workbench["check"] = (_, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const hear = answerMessages(
    { ...bench, check: endless },
    (message) => ends[posted.push(message) - 1]!.resolve(),
  );
  hear({ id: 0, name: "prune", asks: {} });
  await ends[0]!.promise;
  hear({ id: 1, name: "check", asks: {} });
  await new Promise((resolve) => setTimeout(resolve));
  hear({ stop: 1 });
  await ends[1]!.promise;
  assert.deepEqual(posted, [
    { id: 0, error: "Cannot do this without a model: open one first.", stopped: false },
    { id: 1, error: "Stopped.", stopped: true },
  ]);
});

Deno.test("a stop that comes after the answer it was meant for does not stop the next request", async () => {
  const posted: FromWorker[] = [];
  const over = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const bench = newWorkbench(() => Promise.reject(new Error("no engine")));
  const check: Workbench["check"] = async (_, { signal }) => {
    await goOn.promise;
    signal.throwIfAborted();
    throw new Error("It was not stopped");
  };
  const hear = answerMessages({ ...bench, check }, (message) => {
    posted.push(message);
    if (posted.length === 2) over.resolve();
  });
  hear({ id: 0, name: "prune", asks: {} });
  hear({ id: 1, name: "check", asks: {} });
  while (posted.length === 0) await new Promise((resolve) => setTimeout(resolve));
  hear({ stop: 0 });
  goOn.resolve();
  await over.promise;
  assert.deepEqual(posted[1], { id: 1, error: "It was not stopped.", stopped: false });
});
