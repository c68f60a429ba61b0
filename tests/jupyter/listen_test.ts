import assert from "node:assert/strict";
import {
  listenAsEcho,
  listenAsPublisher,
  listenAsRouter,
  type Listener,
} from "../../kernels/jupyter/protocol/listen.ts";
import { connectZmtp } from "../../kernels/jupyter/protocol/zmtp.ts";

const local = { ip: "127.0.0.1", port: 0 };
const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (frames: Uint8Array[]) => frames.map((frame) => new TextDecoder().decode(frame));

Deno.test("a router answers each client by its name, and knows those without one apart", async () => {
  const router: Listener = listenAsRouter(
    local,
    ([name, ...frames]) => router.send([name!, bytes("re"), ...frames]),
  );
  const clients = await Promise.all(["", "", "ada"].map((name) => connectZmtp("DEALER", router.port, name)));
  for (const [i, client] of clients.entries()) {
    await client.send([bytes(`from ${i}`), bytes("x".repeat(1000))]);
  }
  for (const [i, client] of clients.entries()) {
    const { value } = await client.messages().next();
    assert.deepEqual(texts(value!), ["re", `from ${i}`, "x".repeat(1000)]);
  }
  for (const client of clients) client.close();
  router.close();
});

Deno.test("garbage, another protocol, a socket that does not fit and a cut frame disturb nobody", async () => {
  const heard: string[][] = [];
  const router = listenAsRouter(local, ([, ...frames]) => void heard.push(texts(frames)));
  const greeting = new Uint8Array(64);
  greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0, ...bytes("NULL")]);
  const ready = (type: string) => {
    const body = [5, ...bytes("READY"), 11, ...bytes("Socket-Type"), 0, 0, 0, type.length, ...bytes(type)];
    return [4, body.length, ...body];
  };
  const attacks = [
    bytes("GET / HTTP/1.1\r\n\r\n".padEnd(80)),
    Uint8Array.from([...greeting, ...ready("SUB")]),
    Uint8Array.from([...greeting, 4, 3, 5, 82, 69]), // a READY that ends within its name
    Uint8Array.from([...greeting, ...ready("DEALER"), 2, 255, 255, 255, 255, 255, 255, 255, 255]), // 2^64 bytes
    Uint8Array.from([...greeting, ...ready("DEALER"), 0, 9, 1]), // cut within a frame
  ];
  for (const attack of attacks) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: router.port });
    await connection.write(attack);
    connection.closeWrite();
    // The router closes its side, after its greeting at most.
    while (await connection.read(new Uint8Array(1000)).catch(() => null) !== null);
  }
  const client = await connectZmtp("DEALER", router.port);
  await client.send([bytes("fine")]);
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(heard, [["fine"]]);
  client.close();
  router.close();
});

Deno.test("a publisher sends to those who subscribed, an echo says the same again", async () => {
  const publisher = listenAsPublisher(local);
  const subscriber = await connectZmtp("SUB", publisher.port);
  const messages = subscriber.messages();
  const first = messages.next();
  let done = false;
  void first.then(() => done = true);
  while (!done) {
    await publisher.send([bytes("topic"), bytes("1")]); // until the subscription is known
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(texts((await first).value!), ["topic", "1"]);
  const echo = listenAsEcho(local);
  await assert.rejects(connectZmtp("SUB", echo.port), /its socket is REP, this one SUB/);
  const heart = await connectZmtp("DEALER", echo.port);
  await heart.send([bytes(""), bytes("beat")]);
  assert.deepEqual(texts((await heart.messages().next()).value!), ["", "beat"]);
  for (const socket of [subscriber, heart]) socket.close();
  for (const listener of [publisher, echo]) listener.close();
});
