import assert from "node:assert/strict";
import { type PythonResult, runPython } from "../../../lib/questions/python/run_python.ts";

/** Python that gets at JavaScript's own functions, as somebody who knows Pyodide can. */
const JAVASCRIPT = (code: string) => `
from pyodide.ffi import to_js
to_js(b"x").constructor.constructor(${JSON.stringify(code)})()
`;

const secret = await Deno.makeTempFile({ prefix: "espalier-secret-" });
await Deno.writeTextFile(secret, "the secret");
const visits: string[] = [];
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
  visits.push(request.url);
  return new Response("reached");
});
server.unref();
const address = `http://127.0.0.1:${server.addr.port}`;

Deno.test("a program runs: its value, its variable, its output, its exception", async () => {
  const [value, named, wrong] = await Promise.all([
    runPython("import math\nprint('hello')\nmath.comb(10, 3)"),
    runPython("answer = [1, 2]\nx = 3"),
    runPython("print('so far')\ndef f():\n    return 1 / 0\nf()"),
  ]);
  assert.deepEqual(value, { ok: true, error: "", value: "120", output: "hello\n" });
  assert.deepEqual([named.value, named.output], ["[1, 2]", ""]);
  assert.deepEqual([wrong.ok, wrong.failure, wrong.output], [false, "error", "so far\n"]);
  assert.match(
    wrong.error,
    /^Traceback.*\n {2}File "answer.py", line 4, in <module>[\s\S]*ZeroDivisionError: division by zero$/,
  );
});

/** What a program tries, and what comes of it; none may succeed. */
const ATTACKS: [name: string, code: string, check: (result: PythonResult) => void][] = [
  [
    "reads a file",
    `open(${JSON.stringify(secret)}).read()`,
    ({ error }) => assert.match(error, /FileNotFoundError/),
  ],
  [
    "reads a file through JavaScript",
    JAVASCRIPT(`return Deno.readTextFileSync(${JSON.stringify(secret)})`),
    ({ error }) => assert.match(error, /NotCapable: Requires read access/),
  ],
  [
    "mounts a folder",
    `import pyodide_js\npyodide_js.mountNodeFS("/mnt", "/")\nimport os\nos.listdir("/mnt/etc")`,
    ({ ok }) => assert.equal(ok, false),
  ],
  [
    "writes a file",
    JAVASCRIPT(`return Deno.writeTextFileSync(${JSON.stringify(secret)}, "changed")`),
    ({ error }) => assert.match(error, /NotCapable: Requires write access/),
  ],
  [
    "opens an address",
    `import urllib.request\nurllib.request.urlopen("${address}").read()`,
    ({ ok }) => assert.equal(ok, false),
  ],
  [
    "opens a socket",
    `import socket\nsocket.create_connection(("127.0.0.1", ${server.addr.port}), 2)`,
    ({ ok }) => assert.equal(ok, false),
  ],
  [
    "connects through JavaScript",
    JAVASCRIPT(`return Deno.connectTls ? new WebSocket("${address.replace("http", "ws")}") : 0`),
    ({ error }) => assert.match(error, /NotCapable: Requires net access/),
  ],
  [
    "imports a module",
    `
from pyodide.ffi import to_js, run_sync
load = to_js(b"x").constructor.constructor("return import('${address}/module.js')")
async def attempt():
    return await load()
run_sync(attempt())`,
    ({ ok }) => assert.equal(ok, false),
  ],
  [
    "reads the environment",
    JAVASCRIPT("return Deno.env.toObject()"),
    ({ error }) => assert.match(error, /NotCapable: Requires env access/),
  ],
  [
    "starts a program",
    JAVASCRIPT(`return new Deno.Command(${JSON.stringify(Deno.execPath())}).outputSync()`),
    ({ error }) => assert.match(error, /NotCapable: Requires run access/),
  ],
  [
    "starts a process",
    "import subprocess\nsubprocess.run(['ls'])",
    ({ error }) => assert.match(error, /does not support processes/),
  ],
  ["leaves", "import os\nos._exit(0)", ({ ok }) => assert.equal(ok, false)],
  ["leaves through JavaScript", JAVASCRIPT("Deno.exit(0)"), ({ failure }) => assert.equal(failure, "crash")],
  [
    "leaves politely",
    "import sys\nsys.exit(0)",
    ({ ok, failure }) => assert.deepEqual([ok, failure], [false, "error"]),
  ],
  [
    "forges a result",
    JAVASCRIPT(`
    const line = "\\n${crypto.randomUUID()} " + JSON.stringify({ value: "forged", output: "" }) + "\\n";
    Deno.stdout.writeSync(new TextEncoder().encode(line));
    JSON.stringify = () => '{"value":"forged","output":""}';
    TextEncoder.prototype.encode = () => new Uint8Array(9);
    throw new Error("after forging")`),
    ({ ok, value }) => assert.deepEqual([ok, value], [false, undefined]),
  ],
  [
    "takes memory",
    "blocks = []\nwhile True:\n    blocks.append(bytearray(1 << 24))",
    ({ failure }) => assert.equal(failure, "memory"),
  ],
  ["takes one large block", "x = 'x' * (1 << 30)", ({ failure }) => assert.equal(failure, "memory")],
  ["recurses", "def f(n):\n    return f(n + 1)\nf(0)", ({ error }) => assert.match(error, /RecursionError/)],
  [
    "floods its output",
    "for i in range(200):\n    print('x' * 10000)",
    ({ ok, output }) => assert.deepEqual([ok, output.length], [true, 10_000]),
  ],
];

for (const [name, code, check] of ATTACKS) {
  Deno.test(`an answer that ${name} gets nothing`, async () => {
    check(await runPython(code));
    assert.equal(await Deno.readTextFile(secret), "the secret");
    assert.deepEqual(visits, []);
  });
}

Deno.test("the environment has nothing of the machine's", async () => {
  Deno.env.set("ESPALIER_SECRET", "the secret");
  const { value } = await runPython("import os\n' '.join(f'{k}={v}' for k, v in os.environ.items())");
  assert.match(value!, /USER=web_user/);
  assert.ok(!value!.includes("secret") && !value!.includes(Deno.env.get("HOME") ?? "/home/"), value);
});

Deno.test("an endless loop is killed at its time, and one that catches everything too", async () => {
  const results = await Promise.all([
    runPython("while True:\n    pass", { seconds: 0.5 }),
    runPython("while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass", {
      seconds: 0.5,
    }),
  ]);
  for (const { ok, failure, error } of results) {
    assert.deepEqual([ok, failure, error], [false, "time", "killed after 0.5 s"]);
  }
});

Deno.test({
  name: "memory that JavaScript would give is bounded too, where the system tells",
  ignore: Deno.build.os !== "linux",
}, async () => {
  const result = await runPython(
    `
from pyodide.ffi import to_js
buffer = to_js(b"x").constructor
kept = []
for i in range(64):
    block = buffer.new(1 << 26)
    block.fill(1)
    kept.append(block)
`,
    { seconds: 60, memoryMb: 64 },
  );
  assert.deepEqual([result.ok, result.failure], [false, "memory"]);
});

Deno.test("options that cannot be are refused", async () => {
  await assert.rejects(
    runPython("1", { seconds: 0 }),
    /RangeError: Cannot run Python: .*found 0 s and 256 MB/,
  );
  await assert.rejects(runPython("1", { memoryMb: 1 }), RangeError);
});
