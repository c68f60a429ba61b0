import assert from "node:assert/strict";
import { cpus } from "node:os";
import { processor } from "../../../lib/prune/latency/processor.ts";
import { withProcessor } from "./with_processor.ts";

/** As Linux tells of two processors, the first of which can do so much. */
const told = (flags: string, { mhz = 2445.4, model = 1 } = {}) => {
  const one = (place: number) =>
    `processor\t: ${place}\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: ${model}\n` +
    `model name\t: AMD EPYC\ncpu MHz\t\t: ${mhz}\nflags\t\t: fpu sse2 ${flags}\ncore id\t\t: ${place}\n`;
  return `${one(0)}\n${one(1)}\n`;
};

const name = cpus()[0]!.model.trim();

Deno.test("processors of one name differ by what they can do, and not from moment to moment", async () => {
  const narrow = await withProcessor(told("avx2"), processor);
  const wide = await withProcessor(told("avx2 avx512f"), processor);
  assert.notEqual(narrow, wide);
  assert.ok(narrow.startsWith(`${name} `));
  assert.equal(await withProcessor(told("avx2", { mhz: 3200 }), processor), narrow);
  assert.notEqual(await withProcessor(told("avx2", { model: 17 }), processor), narrow);
});

Deno.test("where the system tells no more, a processor is known by its name", async () => {
  assert.equal(await withProcessor(undefined, processor), name);
  assert.equal(await withProcessor("nothing of the kind\n", processor), name);
});
