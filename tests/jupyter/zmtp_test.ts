import assert from "node:assert/strict";
import { connectZmtp } from "../../kernels/jupyter/protocol/zmtp.ts";

Deno.test("a peer that does not speak ZMTP is refused", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = (async () => {
    const connection = await listener.accept();
    await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n".padEnd(64)));
    connection.close();
  })();
  await assert.rejects(connectZmtp("DEALER", listener.addr.port), /does not speak ZMTP 3/);
  await serve;
  listener.close();
});

Deno.test("messages cross in both directions, short and long, whole and in order", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // A peer that follows the specification literally, and echoes the bytes of every message.
  const serve = (async () => {
    using connection = await listener.accept();
    const take = async (size: number) => {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size;) at += await connection.read(bytes.subarray(at)) ?? Infinity;
      return bytes;
    };
    const text = (value: string) => new TextEncoder().encode(value);
    assert.deepEqual([...(await take(64)).slice(9, 16)], [0x7f, 3, 0, ...text("NULL")]);
    const greeting = new Uint8Array(64);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1, ...text("NULL")]);
    await connection.write(greeting);
    const ready = text("\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER");
    assert.deepEqual(await take(2 + ready.length), Uint8Array.from([4, ready.length, ...ready]));
    const answer = text("\x05READY\x0bSocket-Type\x00\x00\x00\x06ROUTER");
    await connection.write(Uint8Array.from([4, answer.length, ...answer]));
    // "a" and 300 times "b" as one message: a short frame with MORE, then a long one.
    const expected = Uint8Array.from([1, 1, 97, 2, 0, 0, 0, 0, 0, 0, 1, 44, ...Array(300).fill(98)]);
    const sent = await take(expected.length);
    assert.deepEqual(sent, expected);
    for (let at = 0; at < sent.length; at += 100) await connection.write(sent.subarray(at, at + 100));
  })();
  const socket = await connectZmtp("DEALER", listener.addr.port);
  await socket.send(["a", "b".repeat(300)].map((text) => new TextEncoder().encode(text)));
  const { value } = await socket.messages().next();
  assert.deepEqual(
    (value as Uint8Array[]).map((frame) => new TextDecoder().decode(frame)),
    ["a", "b".repeat(300)],
  );
  await serve;
  socket.close();
  listener.close();
});
