/** What the protocol's text asks of a kernel ("Messaging in Jupyter", 5.4), check by check. */
import assert from "node:assert/strict";
import { decodeMessage, type Json, type Message } from "../../../kernels/jupyter/protocol/wire.ts";
import { startBare } from "./bare.ts";
import { type Driver, type SeenCell, startDriver } from "./driver.ts";

type Check = (driver: Driver) => Promise<void>;

/** The contents of a cell's outputs of one type. */
const of = ({ outputs }: SeenCell, type: string): Json[] =>
  outputs.filter((output) => output.type === type).map(({ content }) => content);

/** Asks on shell; the reply, after its status messages have come. */
async function asked(driver: Driver, type: string, content: Json = {}): Promise<Json> {
  const id = driver.client.send("shell", type, content);
  const state = (state: string) => ({ parent, type, content }: Message) =>
    parent === id && type === "status" && content.execution_state === state;
  await driver.until(state("busy"));
  const reply = await driver.until((message, from) => message.parent === id && from === "shell");
  await driver.until(state("idle"));
  assert.equal(reply.type, type.replace("request", "reply"));
  assert.equal(reply.parentHeader.msg_id, id);
  return reply.content;
}

const CHECKS: Record<string, Check> = {
  async "kernel_info names protocol, implementation and language"(driver) {
    const info = await asked(driver, "kernel_info_request");
    assert.match(String(info.protocol_version), /^5\.\d+$/);
    for (const field of ["implementation", "implementation_version", "banner"]) {
      assert.equal(typeof info[field], "string");
    }
    const language = info.language_info as Json;
    assert.deepEqual([info.status, language.name, language.file_extension], ["ok", "typescript", ".ts"]);
    assert.equal(typeof language.mimetype, "string");
  },
  async "standard output is a stream"(driver) {
    assert.deepEqual(of(await driver.run("console.log('a')"), "stream"), [{ name: "stdout", text: "a\n" }]);
  },
  async "standard error is another"(driver) {
    assert.deepEqual(of(await driver.run("console.error('b')"), "stream"), [{ name: "stderr", text: "b\n" }]);
  },
  async "a value is an execute_result with the cell's count"(driver) {
    const cell = await driver.run("6 * 7");
    const [result] = of(cell, "execute_result");
    assert.equal((result!.data as Json)["text/plain"], "42");
    assert.equal(result!.execution_count, cell.reply.execution_count);
    assert.deepEqual(result!.metadata, {});
  },
  async "a value is of several types"(driver) {
    const cell = await driver.run(
      "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'p', 'text/html': '<b>' }) })",
    );
    assert.deepEqual(of(cell, "execute_result")[0]!.data, { "text/plain": "p", "text/html": "<b>" });
  },
  async "a cell without a value has no result"(driver) {
    assert.deepEqual((await driver.run("let nothing = 1;")).outputs, []);
  },
  async "an empty cell is a cell"(driver) {
    const { reply, outputs } = await driver.run("");
    assert.deepEqual([reply.status, outputs], ["ok", []]);
  },
  async "the input is told to all"(driver) {
    const { reply } = await driver.run("'told to all'");
    const { content } = await driver.until(({ type, content }) =>
      type === "execute_input" && content.code === "'told to all'"
    );
    assert.equal(content.execution_count, reply.execution_count);
  },
  async "counts rise by one"(driver) {
    const [one, two] = [await driver.run("1"), await driver.run("2")];
    assert.equal(Number(two.reply.execution_count), Number(one.reply.execution_count) + 1);
  },
  async "without history the count stays"(driver) {
    const [one, two] = [await driver.run("1"), await driver.run("2", { store_history: false })];
    assert.equal(two.reply.execution_count, one.reply.execution_count);
  },
  async "silent means silent"(driver) {
    assert.deepEqual((await driver.run("console.log(1); 2", { silent: true })).outputs, []);
  },
  async "a reply that is ok has count, payload and user_expressions"(driver) {
    const { reply } = await driver.run("'ok'");
    assert.deepEqual(reply, {
      status: "ok",
      execution_count: reply.execution_count,
      payload: [],
      user_expressions: {},
    });
    assert.ok(Number.isInteger(reply.execution_count));
  },
  async "a cell is busy first and idle last, and its input comes before its outputs"(driver) {
    const id = driver.client.send("shell", "execute_request", { code: "console.log('between'); 'value'" });
    const seen: string[] = [];
    await driver.until(({ parent, type, content }, from) => {
      if (parent !== id || from !== "iopub") return false;
      seen.push(type === "status" ? String(content.execution_state) : type);
      return seen.at(-1) === "idle";
    });
    assert.deepEqual(seen, ["busy", "execute_input", "stream", "execute_result", "idle"]);
  },
  async "what a request causes carries its header"(driver) {
    const id = driver.client.send("shell", "execute_request", { code: "console.log('mine'); 'mine'" });
    for (const type of ["status", "execute_input", "stream", "execute_result", "execute_reply"]) {
      const { header, parentHeader } = await driver.until((message) =>
        message.parent === id && message.type === type
      );
      assert.deepEqual([parentHeader.msg_id, parentHeader.msg_type], [id, "execute_request"], type);
      assert.notEqual(header.msg_id, id);
      assert.equal(header.version, "5.4");
    }
  },
  async "expressions of the user are evaluated behind the cell"(driver) {
    const { reply } = await driver.run("let basis = 20;", {
      user_expressions: { sum: "basis + 1", wrong: "throw new RangeError('far')", broken: "const = 1" },
    });
    const { sum, wrong, broken } = reply.user_expressions as Record<string, Json>;
    assert.deepEqual(sum, { status: "ok", data: { "text/plain": "21" }, metadata: {} });
    assert.deepEqual([wrong!.status, wrong!.ename, wrong!.evalue], ["error", "RangeError", "far"]);
    assert.deepEqual([broken!.status, broken!.ename], ["error", "SyntaxError"]);
  },
  async "a cell asks for input, on the channel of the client that sent it"(driver) {
    const asking = driver.run("prompt('how many?')", { allow_stdin: true });
    const request = await driver.until(({ type }, from) => type === "input_request" && from === "stdin");
    assert.match(String(request.content.prompt), /how many\?/);
    assert.equal(request.content.password, false);
    assert.equal(request.parentHeader.msg_type, "execute_request");
    driver.client.send("stdin", "input_reply", { value: "three", status: "ok" });
    assert.equal((await asking).value, '"three"');
  },
  async "an error has name, value and traceback, in reply and output"(driver) {
    const cell = await driver.run("throw new RangeError('too far')");
    const [error] = of(cell, "error");
    assert.deepEqual([cell.reply.status, cell.reply.ename, cell.reply.evalue], [
      "error",
      "RangeError",
      "too far",
    ]);
    assert.deepEqual([error!.ename, error!.evalue], ["RangeError", "too far"]);
    assert.ok(Array.isArray(error!.traceback) && error!.traceback.length > 0);
  },
  async "a cell that awaits gives what it awaited"(driver) {
    assert.equal((await driver.run("await Promise.resolve('later')")).value, '"later"');
  },
  async "state lasts from cell to cell"(driver) {
    await driver.run("let state = 'kept'; function f() { return state }");
    assert.equal((await driver.run("f()")).value, '"kept"');
  },
  async "a name is declared again"(driver) {
    await driver.run("const twice = 1;");
    assert.equal((await driver.run("const twice = 2; twice")).value, "2");
  },
  async "a display is shown"(driver) {
    const cell = await driver.run("await Deno.jupyter.display({ 'text/html': '<i>' }, { raw: true })");
    assert.deepEqual(of(cell, "display_data")[0]!.data, { "text/html": "<i>" });
  },
  async "a display is updated by its id, from another cell"(driver) {
    await driver.run("await Deno.jupyter.display({ 'text/plain': '1' }, { raw: true, display_id: 'd' })");
    const cell = await driver.run(
      "await Deno.jupyter.display({ 'text/plain': '2' }, { raw: true, display_id: 'd', update: true })",
    );
    const [update] = of(cell, "update_display_data");
    assert.deepEqual([update!.data, update!.transient], [{ "text/plain": "2" }, { display_id: "d" }]);
  },
  async "outputs are cleared"(driver) {
    assert.deepEqual(
      of(await driver.run("await Deno.jupyter.broadcast('clear_output', { wait: true })"), "clear_output"),
      [{ wait: true }],
    );
  },
  async "a cell that fails aborts those behind it"(driver) {
    const cells = await Promise.all(["throw 1", "2"].map((code) => driver.run(code)));
    assert.deepEqual(cells.map(({ reply }) => reply.status), ["error", "aborted"]);
  },
  async "completion says what to replace by what"(driver) {
    await driver.run("const completed = 1;");
    const reply = await asked(driver, "complete_request", { code: "1 + complet", cursor_pos: 11 });
    assert.deepEqual([reply.status, reply.cursor_start, reply.cursor_end], ["ok", 4, 11]);
    assert.ok((reply.matches as string[]).includes("completed"));
  },
  async "inspection finds, or says that it did not"(driver) {
    const inspect = (code: string, cursor_pos: number) =>
      asked(driver, "inspect_request", { code, cursor_pos, detail_level: 0 });
    let found = await inspect("JSON.parse", 10);
    for (let tries = 0; tries < 3 && !found.found; tries++) found = await inspect("JSON.parse", 10); // a cold server
    assert.deepEqual([found.status, found.found, typeof (found.data as Json)["text/plain"]], [
      "ok",
      true,
      "string",
    ]);
    const none = await inspect(" ", 0);
    assert.deepEqual([none.status, none.found, none.data], ["ok", false, {}]);
  },
  async "is_complete tells three states apart"(driver) {
    const states = [];
    for (const code of ["1", "f(", "const = 1"]) {
      states.push((await asked(driver, "is_complete_request", { code })).status);
    }
    assert.deepEqual(states, ["complete", "incomplete", "invalid"]);
  },
  async "history gives the last cells, a range and what is like a pattern"(driver) {
    await driver.run("'historic'");
    const find = async (request: Json) =>
      (await asked(driver, "history_request", { raw: true, output: false, ...request }))
        .history as unknown[][];
    const [last] = await find({ hist_access_type: "tail", n: 1 });
    assert.equal(last![2], "'historic'");
    assert.deepEqual(
      await find({
        hist_access_type: "range",
        session: last![0],
        start: last![1],
        stop: Number(last![1]) + 1,
      }),
      [last],
    );
    assert.deepEqual(await find({ hist_access_type: "search", pattern: "*istor?c*", n: 1 }), [last]);
  },
  async "comms: none is open, and one that nobody knows is closed"(driver) {
    assert.deepEqual(await asked(driver, "comm_info_request"), { status: "ok", comms: {} });
    driver.client.send("shell", "comm_open", { comm_id: "c1", target_name: "nobody", data: {} });
    await driver.until(({ type, content }) => type === "comm_close" && content.comm_id === "c1");
  },
  async "comms: opened by a cell, spoken to, listed and closed"(driver) {
    await driver.run(
      `(globalThis as any)[Symbol.for("espalier.comms")].set("c2", (said: any) => said && { echo: said });
      await Deno.jupyter.broadcast("comm_open", { comm_id: "c2", target_name: "echo", data: {} });`,
    );
    const listed = async () => (await asked(driver, "comm_info_request", { target_name: "echo" })).comms;
    assert.deepEqual(await listed(), { c2: { target_name: "echo" } });
    const id = driver.client.send("shell", "comm_msg", { comm_id: "c2", data: { n: 1 } });
    const answer = await driver.until(({ parent, type }) => parent === id && type === "comm_msg");
    assert.deepEqual(answer.content, { comm_id: "c2", data: { echo: { n: 1 } } });
    driver.client.send("shell", "comm_close", { comm_id: "c2", data: {} });
    for (let left = await listed(); Object.keys(left as Json).length > 0;) left = await listed();
  },
  async "control answers while a cell runs, and an interrupt there ends it"(driver) {
    const running = driver.run("await new Promise(() => {})");
    await driver.until(({ type, content }) =>
      type === "execute_input" && /=> \{\}\)$/.test(String(content.code))
    );
    assert.equal((await driver.ask("control", "kernel_info_request")).status, "ok");
    assert.deepEqual(await driver.ask("control", "interrupt_request"), { status: "ok" });
    assert.equal((await running).reply.status, "error");
  },
  async "an interrupt is answered"(driver) {
    assert.deepEqual(await driver.ask("control", "interrupt_request"), { status: "ok" });
  },
  async "a shutdown is answered, told to all, and then the process ends"(driver) {
    assert.deepEqual(await driver.ask("control", "shutdown_request", { restart: false }), {
      status: "ok",
      restart: false,
    });
    await driver.until(({ type }, from) => type === "shutdown_reply" && from === "iopub");
    assert.match(await driver.client.ended, /exit code 0/);
  },
};

Deno.test("the kernel does what the protocol asks", async (t) => {
  await using driver = await startDriver();
  for (const [name, check] of Object.entries(CHECKS)) await t.step(name, () => check(driver));
});

Deno.test("a shutdown for a restart says so, and ends the process that the client starts anew", async () => {
  await using driver = await startDriver();
  assert.deepEqual(await driver.ask("control", "shutdown_request", { restart: true }), {
    status: "ok",
    restart: true,
  });
  assert.match(await driver.client.ended, /exit code 0/);
});

Deno.test("the heart beats, and whoever listens to outputs is welcomed", async () => {
  const folder = await Deno.makeTempDir();
  const kernel = await startBare(folder);
  try {
    const heart = await kernel.connect("DEALER", "hb");
    for (const beat of ["one", "two"]) {
      await heart.send([new Uint8Array(0), new TextEncoder().encode(beat)]);
      assert.deepEqual((await kernel.next(heart)).map((frame) => new TextDecoder().decode(frame)), [
        "",
        beat,
      ]);
    }
    const welcome = await kernel.next(await kernel.connect("SUB", "iopub"));
    const { type, content, parent } = decodeMessage(kernel.connection.key, welcome);
    assert.deepEqual([type, content, parent], ["iopub_welcome", { subscription: "" }, undefined]);
  } finally {
    await kernel.end();
    await Deno.remove(folder, { recursive: true });
  }
});
