import assert from "node:assert/strict";
import { freePorts, readConnection, writeConnection } from "../../kernels/jupyter/protocol/connection.ts";

const connection = { ip: "127.0.0.1", key: "secret", ports: freePorts() };

Deno.test("a connection file is read as it was written", () => {
  assert.deepEqual(readConnection(writeConnection(connection)), connection);
  assert.equal(new Set(Object.values(connection.ports)).size, 5);
});

Deno.test("a connection file that asks for what is not spoken is an error that says what", () => {
  const file = JSON.parse(writeConnection(connection));
  const read = (changes: object) => () => readConnection(JSON.stringify({ ...file, ...changes }));
  assert.throws(read({ transport: "ipc" }), /expected transport "tcp", found "ipc"/);
  assert.throws(read({ signature_scheme: "hmac-md5" }), /expected signature_scheme "hmac-sha256"/);
  assert.throws(read({ iopub_port: "x" }), /expected a port as iopub_port, found "x"/);
  assert.throws(() => readConnection("{"), SyntaxError);
});
