import assert from "node:assert/strict";
import { pause, startDriver } from "./driver.ts";

const ignore = Deno.build.os !== "linux";

Deno.test(
  "what programs print that a cell starts comes with that cell, before idle",
  { ignore },
  async () => {
    await using driver = await startDriver();
    const cells: Record<string, string> = {
      "await new Deno.Command('sh', { args: ['-c', 'echo a; echo b >&2; echo c'] }).spawn().status; 0":
        "a\nb\nc\n",
      "new Deno.Command('echo', { args: ['d'], stdout: 'inherit' }).outputSync(); 0": "d\n",
      "import { spawnSync } from 'node:child_process'; spawnSync('echo', ['e'], { stdio: 'inherit' }); 0":
        "e\n",
      "Deno.stdout.writeSync(new TextEncoder().encode('f\\n')); 0": "f\n",
      "Deno.stderr.writeSync(new TextEncoder().encode('g\\n')); 0": "g\n",
      "import process from 'node:process'; process.stdout.write('h\\n'); 0": "h\n",
    };
    for (let i = 0; i < 5; i++) {
      for (const [code, printed] of Object.entries(cells)) {
        const seen = await driver.run(code);
        assert.deepEqual([seen.value, seen.printed.split("\n").sort(), seen.late], [
          "0",
          printed.split("\n").sort(),
          [],
        ], code);
      }
    }
    const { outputs } = await driver.run(
      "await new Deno.Command('sh', { args: ['-c', 'echo e >&2'] }).spawn().status; null",
    );
    assert.deepEqual(outputs.map(({ content }) => content), [{ name: "stderr", text: "e\n" }]);
  },
);

Deno.test(
  "what is printed behind a cell's end shows under the cell that runs or ran last",
  { ignore },
  async () => {
    await using driver = await startDriver();
    await driver.run("let child = new Deno.Command('sh', { args: ['-c', 'sleep 0.3; echo late'] }).spawn();");
    const { parentHeader } = await driver.until(({ type, content }) =>
      type === "stream" && content.text === "late\n"
    );
    assert.ok(parentHeader.msg_id);
    const { printed } = await driver.run("await child.status; console.log('and', 'this')");
    assert.equal(printed, "and this\n");
  },
);

Deno.test("an error that nothing catches is shown, and timers go on; those of a stop are not", async () => {
  await using driver = await startDriver();
  const first = await driver.run(`let ticks = 0; const ticking = setInterval(() => ticks++, 10);
    setTimeout(() => { throw new RangeError("in a timer") }, 50);
    setTimeout(() => Promise.reject(new TypeError("in a promise")), 100);
    Promise.reject(new Error("at once")); 7`);
  assert.equal(first.value, "7");
  for (
    const words of [
      /Uncaught.*RangeError: in a timer/,
      /Uncaught.*TypeError: in a promise/,
      /Uncaught.*at once/,
    ]
  ) {
    const { content } = await driver.until(({ type, content }) =>
      type === "stream" && content.name === "stderr" && words.test(String(content.text))
    );
    assert.match(String(content.text), /^ +at .*<cell>/m);
    assert.doesNotMatch(String(content.text), /ext:|<anonymous>:/);
  }
  const before = Number((await driver.run("ticks")).value);
  await pause(200);
  assert.ok(Number((await driver.run("clearInterval(ticking); ticks")).value) > before + 3);
  const failed = await driver.run("throw new Error('told once')", { stop_on_error: false });
  assert.deepEqual([failed.printed, failed.outputs.length], ["", 1]);
  const rejected = await driver.run("await Promise.reject(new Error('told once'))");
  assert.deepEqual([rejected.printed, rejected.outputs.length], ["", 1]);
  const running = driver.run(
    `const signal = (globalThis as any)[Symbol.for("espalier.stop")]() as AbortSignal;
    void new Promise((_, reject) => signal.onabort = () => reject(signal.reason));
    console.log("waits"); await new Promise(() => {});`,
  );
  await driver.until(({ type, content }) => type === "stream" && content.text === "waits\n");
  await driver.ask("control", "interrupt_request");
  const { printed, outputs } = await running;
  assert.deepEqual([printed, outputs.filter(({ type }) => type === "error").length], ["waits\n", 1]);
  assert.equal((await driver.run("'done'")).printed, "");
});
