import assert from "node:assert/strict";

const MODULE = new URL("../../../kernels/jupyter/kernel/inside/collector.ts", import.meta.url);

/** What a process with such flags of the engine has left of them, once the kernel took its own. */
async function leftOf(flags: string): Promise<unknown> {
  const program = `const { takeCollector } = await import("${MODULE}");
    let dropped = new WeakRef(new ArrayBuffer(1 << 20));
    const collect = takeCollector();
    await new Promise((resolve) => setTimeout(resolve));
    collect();
    const gone = dropped.deref() === undefined;
    console.log(JSON.stringify([typeof globalThis.gc, Deno.env.get("DENO_V8_FLAGS") ?? null, gone]));`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", program],
    env: { DENO_V8_FLAGS: flags },
  }).output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(complained, "");
  return JSON.parse(said!);
}

Deno.test("the kernel takes its own flag of the engine away again, and leaves its user's", async () => {
  const cases: Readonly<Record<string, unknown>> = {
    "--expose-gc": ["undefined", null, true],
    "--stack-size=900,--expose-gc": ["undefined", "--stack-size=900", true],
    "--expose-gc,--expose-gc": ["function", "--expose-gc", true],
    "--expose_gc,--stack-size=900,--expose-gc": ["function", "--expose_gc,--stack-size=900", true],
  };
  for (const [flags, left] of Object.entries(cases)) assert.deepEqual(await leftOf(flags), left, flags);
});
