import assert from "node:assert/strict";
import { startDriver } from "./driver.ts";

Deno.test("cells that are queued while the kernel starts show their own, and nothing comes after idle", async () => {
  await using driver = await startDriver();
  const work = "{ let sum = 0; for (let i = 0; i < 1e6; i++) sum += i; }";
  const cells = await Promise.all(
    Array.from(
      { length: 50 },
      (_, i) =>
        driver.run(`${work} console.log("out ${i}"); console.error("err ${i}");
      if (${i} % 2) await Deno.jupyter.display({ "text/plain": "shown ${i}" }, { raw: true });
      ${i}`),
    ),
  );
  await driver.run(""); // what would be late has come
  for (const [i, cell] of cells.entries()) {
    assert.equal(cell.value, String(i));
    assert.deepEqual(cell.printed.split("\n").sort(), ["", `err ${i}`, `out ${i}`]);
    const shown = cell.outputs.filter(({ type }) => type === "display_data").map(({ content }) =>
      content.data
    );
    assert.deepEqual(shown, i % 2 ? [{ "text/plain": `shown ${i}` }] : []);
    assert.deepEqual([cell.reply.status, cell.reply.execution_count, cell.late], ["ok", i + 1, []]);
  }
});

Deno.test("a cell that fails ends those that were sent behind it, and only those", async () => {
  await using driver = await startDriver();
  const sent = ["1", "throw new RangeError('meant')", "2", "3"].map((code) => driver.run(code));
  const states = (await Promise.all(sent)).map(({ reply }) => reply.status);
  assert.deepEqual(states, ["ok", "error", "aborted", "aborted"]);
  const failed = await sent[1]!;
  assert.deepEqual([failed.reply.ename, failed.reply.evalue], ["RangeError", "meant"]);
  assert.equal((await driver.run("4")).value, "4");
  const free = ["throw 1", "5"].map((code) => driver.run(code, { stop_on_error: false }));
  assert.equal((await free[1]!).value, "5");
});

Deno.test("a large value arrives whole, before idle, and so does what native code prints", async () => {
  await using driver = await startDriver();
  const large = await driver.run(`({ [Symbol.for("Jupyter.display")]: () =>
    ({ "text/plain": "x".repeat(5_000_000) + "é" }) })`);
  assert.equal(large.value, "x".repeat(5_000_000) + "é");
  if (Deno.build.os === "windows") return;
  // As native code does: past the console.
  for (let i = 0; i < 20; i++) {
    const cell = await driver.run(
      `Deno.writeTextFileSync("/dev/stderr", "native ${i}\\n", { append: true }); ${i}`,
    );
    assert.deepEqual([cell.value, cell.printed, cell.late], [String(i), `native ${i}\n`, []]);
  }
});

Deno.test("all that a cell prints comes before idle, and its value with it, however much it is", async () => {
  await using driver = await startDriver({ limit: 120 });
  const lines = 30_000;
  const cells = [`for (let i = 0; i < ${lines}; i++) console.log(i); "v"`, `"next"`].map((code) =>
    driver.run(code)
  );
  const [much, next] = await Promise.all(cells);
  await driver.run("");
  assert.equal(much!.printed, Array.from({ length: lines }, (_, i) => `${i}\n`).join(""));
  assert.deepEqual([much!.value, much!.late, next!.value, next!.printed, next!.late], [
    '"v"',
    [],
    '"next"',
    "",
    [],
  ]);
});

Deno.test("a silent cell puts out nothing, one without history does not count", async () => {
  await using driver = await startDriver();
  const silent = await driver.run("let kept = 1; console.log(kept); kept", { silent: true });
  assert.deepEqual([silent.outputs, silent.reply.status], [[], "ok"]);
  const aside = await driver.run("kept + 1", { store_history: false });
  assert.equal(aside.value, "2");
  const first = await driver.run("kept + 2");
  assert.deepEqual([first.value, first.reply.execution_count], ["3", 1]);
});
