import assert from "node:assert/strict";
import { connectZmtp } from "../../kernels/jupyter/runner/zmtp.ts";

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
