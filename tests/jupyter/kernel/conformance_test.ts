/** What the protocol's text asks of a kernel ("Messaging in Jupyter", 5.4), check by check. */
import assert from "node:assert/strict";
import type { Json, Message } from "../../../kernels/jupyter/protocol/wire.ts";
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
  async "an interrupt is answered"(driver) {
    assert.deepEqual(await driver.ask("control", "interrupt_request"), { status: "ok" });
  },
  async "a shutdown is answered, and then the process ends"(driver) {
    assert.deepEqual(await driver.ask("control", "shutdown_request", { restart: false }), {
      status: "ok",
      restart: false,
    });
    assert.match(await driver.client.ended, /exit code 0/);
  },
};

Deno.test("the kernel does what the protocol asks", async (t) => {
  await using driver = await startDriver();
  for (const [name, check] of Object.entries(CHECKS)) await t.step(name, () => check(driver));
});
