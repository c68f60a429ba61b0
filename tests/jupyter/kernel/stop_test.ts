import assert from "node:assert/strict";
import { type Driver, pause, type SeenCell, startDriver } from "./driver.ts";

/** Runs a cell that says when it has begun, and stops it then. */
async function stop(driver: Driver, code: string): Promise<SeenCell> {
  const word = `begun ${crypto.randomUUID()}`;
  const running = driver.run(
    `console.log("${word}"); await new Promise((done) => setTimeout(done, 20));\n${code}`,
  );
  await driver.until(({ type, content }) => type === "stream" && String(content.text).includes(word));
  await pause(40);
  assert.deepEqual(await driver.ask("control", "interrupt_request"), { status: "ok" });
  return await running;
}

function assertStopped({ reply, outputs }: SeenCell, what: string): void {
  assert.deepEqual([reply.status, reply.ename], ["error", "Interrupted"], what);
  const [error, ...more] = outputs.filter(({ type }) => type === "error");
  assert.match(
    String(error!.content.evalue),
    /^stopped after .* s; all variables are kept.*run the cell again/,
    what,
  );
  assert.deepEqual(more, [], what);
}

Deno.test("the stop button ends loops and waits of every kind, and variables are kept", async () => {
  await using driver = await startDriver();
  await driver.run(
    "let kept = 41; async function spin() { for (;;) await null }\n" +
      "const queueMicrotaskOf = (f) => new Promise((done) => queueMicrotask(() => done(f())));",
  );
  const cells = [
    "await new Promise(() => {});",
    "for (;;) await null;",
    "while (true);",
    "do ; while (true)",
    "await spin();",
    "for await (const _ of (async function* () { while (true) yield await new Promise((f) => setTimeout(f, 5)) })());",
    "for await (const _ of { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });",
    "for (;;) { await new Promise((done) => setTimeout(done, 5)); kept = kept; }",
    "await Promise.all([new Promise(() => {}), 1].map(async (x) => await x));",
    "const chain = () => Promise.resolve().then(chain); await chain();",
    "const turns = async () => { await null; return await turns(); }; await turns();",
    "const link = async () => { 'use strict'; await queueMicrotaskOf(link) }; await link();",
  ];
  for (const code of cells) {
    assertStopped(await stop(driver, code), code);
    assert.equal((await driver.run("kept + 1")).value, "42", code);
  }
});

Deno.test("a cell without a wait is ended from outside", async () => {
  await using driver = await startDriver();
  await driver.run("let kept = 41;");
  const running = driver.run("while (true);");
  await driver.until(({ type, content }) => type === "execute_input" && content.code === "while (true);");
  await pause(100);
  await driver.ask("control", "interrupt_request");
  assertStopped(await running, "while (true);");
  const next = await driver.run("kept + 1");
  assert.deepEqual([next.value, next.printed], ["42", ""]);
});

Deno.test("a stop ends a question that nobody answers, and the cell that asks", async () => {
  await using driver = await startDriver();
  await driver.run("let kept = 1;");
  for (
    const code of ["prompt('name?'); while (true);", "await null; prompt('name?'); for (;;) await null;"]
  ) {
    const asking = driver.run(code, { allow_stdin: true });
    await driver.until(({ type }, from) => type === "input_request" && from === "stdin");
    assert.deepEqual(await driver.ask("control", "interrupt_request"), { status: "ok" });
    assertStopped(await asking, code);
  }
  // Told before it asks: the stop is on its way while the thread is busy, and nobody is asked then.
  const busy = driver.run(
    "console.log('busy'); (() => { for (const end = Date.now() + 800; Date.now() < end;); })();\n" +
      "await null; prompt('late?'); for (;;) await null;",
    { allow_stdin: true },
  );
  await driver.until(({ type, content }) => type === "stream" && content.text === "busy\n");
  await driver.ask("control", "interrupt_request");
  assertStopped(await busy, "told before it asks");
  assert.equal((await driver.run("kept")).value, "1");
});

Deno.test("a stop ends the cells that wait behind, and reaches nothing when nothing runs", async () => {
  await using driver = await startDriver();
  await driver.ask("control", "interrupt_request"); // while it starts
  const first = driver.run("await new Promise(() => {})");
  const second = driver.run("1");
  await driver.until(({ type }) => type === "execute_input");
  await driver.ask("control", "interrupt_request");
  assertStopped(await first, "first");
  assert.equal((await second).reply.status, "aborted");
  for (let i = 0; i < 5; i++) {
    await driver.ask("control", "interrupt_request");
    assert.equal((await driver.run(`await Promise.resolve(${i})`)).value, String(i));
  }
});

Deno.test("a long call that asks for the signal ends by itself and saves; run again, it goes on", async () => {
  await using driver = await startDriver();
  await driver.run(`let saved = 0;
    async function work(limit: number) {
      const signal = (globalThis as any)[Symbol.for("espalier.stop")]() as AbortSignal;
      for (let done = saved; done < limit; done++) {
        if (done === saved + 3) console.log("working");
        if (signal.aborted) { await new Promise((f) => setTimeout(f, 50)); saved = done; signal.throwIfAborted(); }
        await new Promise((f) => setTimeout(f, 1));
      }
      return "all";
    }`);
  const working = driver.run("await work(1e9)");
  await driver.until(({ type, content }) => type === "stream" && content.text === "working\n");
  await driver.ask("control", "interrupt_request");
  assertStopped(await working, "work");
  const saved = Number((await driver.run("saved")).value);
  assert.ok(saved > 0, "what was done was saved within its time");
  assert.equal((await driver.run(`await work(saved + 5)`)).value, '"all"');
});

Deno.test("what does not stop says so; only a stop after that ends its process, and then cells run again", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using driver = await startDriver();
  // Nothing ends a call of the system from outside.
  const running = driver.run(
    "await 1; console.log('sleeps'); await 1; new Deno.Command('sleep', { args: ['12'] }).outputSync();",
  );
  await driver.until(({ type }) => type === "stream");
  for (let i = 0; i < 5; i++) await driver.ask("control", "interrupt_request");
  await driver.until(({ type, content }) =>
    type === "stream" && /press stop again/.test(String(content.text))
  );
  await driver.ask("control", "interrupt_request");
  const { reply } = await running;
  assert.match(
    `${reply.ename}: ${reply.evalue}`,
    /^Interrupted: the process was ended .* variables are lost/,
  );
  assert.equal((await driver.run("1 + 1")).value, "2");
});

Deno.test("a function that computes behind an await is ended by one press too, within seconds", async () => {
  await using driver = await startDriver();
  await driver.run("let kept = 41;");
  for (
    const code of ["(() => { while (true); })();", "await Promise.resolve().then(() => { while (true); });"]
  ) {
    assertStopped(await stop(driver, code), code);
    assert.equal((await driver.run("await null; kept + 1")).value, "42", code);
  }
});

Deno.test("a long call that listens is not ended from outside while it computes", async () => {
  await using driver = await startDriver();
  await driver.run(`let saved = "nothing";
    async function work() {
      const signal = (globalThis as any)[Symbol.for("espalier.stop")]() as AbortSignal;
      await null;
      console.log("computes");
      (() => { for (const end = Date.now() + 6000; Date.now() < end;); })();
      await new Promise((done) => setTimeout(done, 5));
      saved = "all";
      signal.throwIfAborted();
    }`);
  const working = driver.run("await work()");
  await driver.until(({ type, content }) => type === "stream" && content.text === "computes\n");
  await driver.ask("control", "interrupt_request");
  assertStopped(await working, "work");
  assert.equal((await driver.run("saved")).value, '"all"');
});

Deno.test("twenty stops at random moments: the kernel lives, and what is shown is right", async () => {
  await using driver = await startDriver();
  await driver.run("let kept = 0;");
  let [stopped, seed] = [0, 7];
  for (let i = 1; i <= 20; i++) {
    seed = seed * 16807 % 2147483647;
    const wait = i % 2 ? "await new Promise((done) => setTimeout(done, 10));" : "";
    const cell = driver.run(
      `for (let j = 0; j < 3; j++) { for (let k = 0; k < 2e6; k++); ${wait} } kept = ${i};`,
    );
    await pause(seed % 60);
    await driver.ask("control", "interrupt_request");
    const { reply } = await cell;
    if (reply.status !== "ok") {
      assert.equal(reply.ename, "Interrupted");
      stopped++;
    }
    const after = await driver.run(`console.log("cell ${i}"); kept === ${i}`);
    assert.deepEqual([after.printed, after.reply.status, after.late], [`cell ${i}\n`, "ok", []]);
    if (reply.status === "ok") assert.equal(after.value, "true");
  }
  assert.ok(stopped > 0, "no stop came in time");
});
