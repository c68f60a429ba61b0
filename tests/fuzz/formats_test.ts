import { ok } from "node:assert/strict";
import { gunzip } from "../../lib/formats/archives/gunzip.ts";
import { mutations } from "./mutate.ts";
import { noise } from "./targets/seeds.ts";
import { checkWhole, CLEAR, type Target, tryOne } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** Tries more with `deno task fuzz`. */
const MUTATIONS = 2000;

async function fuzz(target: Target, index: number, count: number): Promise<void> {
  const seed = target.seed();
  checkWhole(await target.decode((target.reseal ?? ((same) => same))(seed.slice()), "fuzzed file"));
  let errors = 0;
  for (const { what, bytes } of mutations(seed, count, index, target.damage)) {
    if (await tryOne(target, bytes, what) === "refused") errors++;
  }
  // Where nothing is refused, or everything, the damage tests nothing.
  ok(errors > count / 20 && errors < count, `${errors} of ${count} mutations were noticed`);
  ok(Deno.memoryUsage().rss < 2 * 2 ** 30);
}

TARGETS.forEach((target, index) => {
  const count = target.slow ? MUTATIONS / 4 : MUTATIONS;
  Deno.test(`fuzz ${target.name}: a clear error or a whole result`, () => fuzz(target, index, count));
});

Deno.test("fuzz gzip: a clear error or a whole result", async () => {
  const packed = new Uint8Array(
    await new Response(new Blob([noise(4000)]).stream().pipeThrough(new CompressionStream("gzip")))
      .arrayBuffer(),
  );
  for (const { what, bytes } of mutations(packed, 500, 99)) {
    try {
      ok((await gunzip(bytes, "fuzzed file")).length <= 64 * 2 ** 20);
    } catch (error) {
      ok(error instanceof SyntaxError && CLEAR.test(error.message), `${what}: ${error}`);
    }
  }
});
