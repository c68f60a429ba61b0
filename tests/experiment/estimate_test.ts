import assert from "node:assert/strict";
import { estimate, type Kind, run, unit } from "../../lib/experiment/mod.ts";

Deno.test("an estimate adds up what kinds say, shares it among workers, and learns from the store", async () => {
  const store = await Deno.makeTempDir();
  try {
    const { square, sum } = await import("./toy.ts");
    const says: Kind<{ value: number; wait: number }, unknown> = {
      ...square,
      seconds: ({ wait }) => wait / 1000,
    };
    const units = [1, 2, 3].map((value) => unit(says, { value, wait: 125 }));
    const place = { store, workers: 2, engine: "wasm" };
    assert.deepEqual(await estimate(units, place), {
      units: 3,
      known: 0,
      toCompute: 3,
      seconds: 0.1875,
      unknown: 0,
    });
    const silent = [1, 2].map((value) => unit(square, { value }));
    assert.deepEqual(await estimate([...units, ...silent], place), {
      units: 5,
      known: 0,
      toCompute: 5,
      seconds: 0.1875,
      unknown: 2,
    });
    const [a, b] = silent;
    const { units: all, toCompute } = await estimate([unit(sum, { label: "both" }, { a: a!, b: b! })], place);
    assert.deepEqual([all, toCompute], [3, 3]);
    // Ten times as slow as the kind says.
    const slow: typeof says = { ...says, seconds: ({ wait }) => wait / 10_000 };
    await run({ units: [unit(slow, { value: 1, wait: 125 })], ...place });
    const left = await estimate([1, 2, 3].map((value) => unit(slow, { value, wait: 125 })), place);
    assert.deepEqual([left.known, left.toCompute], [1, 2]);
    assert.ok(left.seconds! > 0.124 && left.seconds! < 0.5, `${left.seconds} s`);
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});
