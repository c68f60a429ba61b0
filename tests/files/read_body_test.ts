import assert from "node:assert/strict";
import { ask, bodyOf, piecesOf } from "../../lib/files/read_body.ts";
import { underLimits } from "../limits.ts";

/** An answer of pieces of these lengths, one after the other. */
const answer = (...lengths: number[]) =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const length of lengths) controller.enqueue(new Uint8Array(length).fill(length));
        controller.close();
      },
    }),
  );

Deno.test("an answer is read piece by piece, or whole, and no body is nothing", async () => {
  const pieces = await Array.fromAsync(piecesOf(answer(3, 5)));
  assert.deepEqual(pieces.map(({ length }) => length), [3, 5]);
  assert.deepEqual([...await bodyOf(answer(1, 2))], [1, 2, 2]);
  assert.equal((await bodyOf(new Response(null))).length, 0);
});

Deno.test("more than may come is refused: before it is read where the answer says so, else as soon as it shows", async () => {
  const claiming = new Response(new Uint8Array(20), { headers: { "content-length": "20" } });
  await assert.rejects(bodyOf(claiming, { most: 10 }), {
    name: "RangeError",
    message: /expected at most 10 bytes, found 20 or more/,
  });
  const read: number[] = [];
  await assert.rejects(async () => {
    for await (const { length } of piecesOf(answer(4, 4, 4, 4), { most: 10 })) read.push(length);
  }, /expected at most 10 bytes, found 12 or more/);
  assert.deepEqual(read, [4, 4]);
});

Deno.test("an answer that falls silent is given up, and a signal stops the reading", async () => {
  const silent = () =>
    new Response(new ReadableStream({ start: (controller) => controller.enqueue(Uint8Array.of(1)) }));
  await underLimits({ stallSeconds: 0.02 }, async () => {
    await assert.rejects(bodyOf(silent()), /nothing came for 0\.02 s; try again later/);
  });
  const controller = new AbortController();
  const pieces = piecesOf(answer(1, 1), { signal: controller.signal });
  await pieces.next();
  controller.abort(new Error("enough"));
  await assert.rejects(pieces.next(), /enough/);
});

Deno.test("an address is asked with what it is to be told, and one that never answers is given up", async () => {
  const waiting = Promise.withResolvers<Response>();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) =>
      request.headers.has("x-name") ? new Response(request.headers.get("x-name")) : waiting.promise,
  );
  const address = `http://127.0.0.1:${server.addr.port}`;
  try {
    assert.equal(await (await ask(address, { headers: { "x-name": "a" } })).text(), "a");
    await underLimits({ stallSeconds: 0.05 }, () => assert.rejects(ask(address), /nothing came for 0\.05 s/));
    const signal = AbortSignal.abort(new Error("stopped"));
    await assert.rejects(ask(address, { signal }), /stopped/);
  } finally {
    waiting.resolve(new Response());
    await server.shutdown();
  }
});
