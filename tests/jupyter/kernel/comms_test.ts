import assert from "node:assert/strict";
import type { Json, Message } from "../../../kernels/jupyter/protocol/wire.ts";
import { type Driver, startDriver } from "./driver.ts";

const DOOR = new URL("../../../kernels/jupyter/mod.ts", import.meta.url).href;
const WIDGET = "application/vnd.jupyter.widget-view+json";
const SLIDER = `import { range, view } from "${DOOR}";
  const chosen = range([0, 1], { value: 0.25, step: 0.05, label: "kept" });
  await view(chosen, async (kept) => {
    await new Promise((done) => setTimeout(done, 30));
    if (kept > 0.9) throw new RangeError("too much");
    return { [Symbol.for("Jupyter.display")]: () => ({ "text/plain": \`figure of \${kept}\` }) };
  });`;

/** Sends a comm message; fulfilled with its answers up to idle. */
async function tell(driver: Driver, type: string, content: Json): Promise<Message[]> {
  const answers: Message[] = [];
  const id = driver.client.send("shell", type, content);
  await driver.until((message) => {
    if (message.parent !== id) return false;
    if (!answers.includes(message)) answers.push(message);
    return message.type === "status" && message.content.execution_state === "idle";
  });
  return answers;
}

function statesOf(messages: Message[]): unknown[] {
  return messages.filter(({ type }) => type === "status").map(({ content }) => content.execution_state);
}

Deno.test("a slider: opened before it is shown, its value draws the figure again in place, and idle comes after", async () => {
  await using driver = await startDriver();
  const { outputs, reply } = await driver.run(SLIDER);
  assert.equal(reply.status, "ok");
  assert.deepEqual(
    outputs.map(({ type }) => type),
    ["comm_open", "comm_open", "comm_open", "display_data", "display_data"],
  );
  const [layout, style, slider, control, figure] = outputs.map(({ content }) => content);
  const state = (slider!.data as { state: Json }).state;
  assert.deepEqual([state._model_name, state._view_name, state.value, state.min, state.max, state.step], [
    "FloatSliderModel",
    "FloatSliderView",
    0.25,
    0,
    1,
    0.05,
  ]);
  assert.deepEqual([state.layout, state.style], [
    `IPY_MODEL_${layout!.comm_id}`,
    `IPY_MODEL_${style!.comm_id}`,
  ]);
  const opened = await driver.until(({ type, content }) =>
    type === "comm_open" && content.comm_id === slider!.comm_id
  );
  assert.match(String(opened.metadata.version), /^2\./);
  const shown = control!.data as Json;
  assert.deepEqual([shown["text/plain"], (shown[WIDGET] as Json).model_id], [
    "kept: 0.25 (0.00 to 1.00)",
    slider!.comm_id,
  ]);
  assert.deepEqual(figure!.data, { "text/plain": "figure of 0.25" });
  const { display_id } = figure!.transient as { display_id: string };

  const { comm_id } = slider!;
  const update = (value: number) => ({
    comm_id,
    data: { method: "update", state: { value }, buffer_paths: [] },
  });
  assert.deepEqual(statesOf(await tell(driver, "comm_msg", update(0.5))), ["busy", "idle"]);
  const drawn = await driver.until(({ type }) => type === "update_display_data");
  assert.deepEqual([drawn.content.data, (drawn.content.transient as Json).display_id], [
    { "text/plain": "figure of 0.5" },
    display_id,
  ]);
  assert.equal((await driver.run("chosen.value")).value, "0.5");
  await tell(driver, "comm_msg", update(0.95));
  const failed = await driver.until(({ type, content }) =>
    type === "update_display_data" && JSON.stringify(content).includes("RangeError: too much")
  );
  assert.equal((failed.content.transient as Json).display_id, display_id);

  // A page that is opened later asks what is there.
  const { comms } = await driver.ask("shell", "comm_info_request", { target_name: "jupyter.widget" });
  assert.equal(Object.keys(comms as Json).length, 3);
  assert.deepEqual((comms as Json)[String(comm_id)], { target_name: "jupyter.widget" });
  assert.deepEqual((await driver.ask("shell", "comm_info_request", { target_name: "other" })).comms, {});
  const asked = await tell(driver, "comm_msg", { comm_id, data: { method: "request_state" } });
  const answer = asked.find(({ type }) => type === "comm_msg")!.content;
  assert.equal((answer.data as { state: Json }).state.value, 0.95);
});

Deno.test("a slider moves while a cell waits; one of a process that is gone is closed", async () => {
  await using driver = await startDriver();
  const { outputs } = await driver.run(SLIDER);
  const { comm_id } = outputs.filter(({ type }) => type === "comm_open").at(-1)!.content;
  const waiting = driver.run("await new Promise((done) => (globalThis as any).go = done)");
  await driver.until(({ type, content }) => type === "execute_input" && String(content.code).includes("go"));
  const states = statesOf(
    await tell(driver, "comm_msg", { comm_id, data: { method: "update", state: { value: 0.75 } } }),
  );
  assert.deepEqual(states, ["busy", "idle"]);
  await driver.until(({ type, content }) =>
    type === "update_display_data" && JSON.stringify(content).includes("figure of 0.75")
  );
  await driver.ask("control", "interrupt_request");
  assert.equal((await waiting).reply.ename, "Interrupted");

  await driver.run("Deno.exit(1)");
  await driver.until(({ type, content }) => type === "comm_close" && content.comm_id === comm_id);
  assert.deepEqual((await driver.ask("shell", "comm_info_request")).comms, {});
  const late = await tell(driver, "comm_msg", { comm_id, data: { method: "update", state: { value: 0.5 } } });
  assert.ok(late.some(({ type, content }) => type === "comm_close" && content.comm_id === comm_id));
  assert.equal((await driver.run("1 + 1")).value, "2");
});

Deno.test("a comm that a browser closes is forgotten", async () => {
  await using driver = await startDriver();
  const { outputs } = await driver.run(SLIDER);
  const { comm_id } = outputs.filter(({ type }) => type === "comm_open").at(-1)!.content;
  await tell(driver, "comm_close", { comm_id, data: {} });
  const { comms } = await driver.ask("shell", "comm_info_request");
  assert.ok(!(String(comm_id) in (comms as Json)));
});
