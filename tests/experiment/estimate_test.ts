import assert from "node:assert/strict";
import { square } from "./toy.ts";
import { withStore } from "./with_store.ts";
import { estimate, type Kind, run, unit } from "../../lib/experiment/mod.ts";

Deno.test("an estimate adds up what kinds say, shares it among workers, and learns from the store", async () => {
  const store = await Deno.makeTempDir();
  try {
    const { sum } = await import("./toy.ts");
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

withStore("times that a kind does not know, or takes for none, spoil no estimate", async (store) => {
  const place = { store, workers: 1, engine: "wasm" };
  const says = (seconds: (spec: { value: number }) => number): Kind<{ value: number }, unknown> => ({
    ...square,
    seconds,
  });
  const free = says(({ value }) => value === 0 ? 0 : 50);
  await run({ units: [unit(free, { value: 0 })], ...place });
  const left = await estimate([0, 1].map((value) => unit(free, { value })), place);
  assert.deepEqual([left.known, left.toCompute, left.seconds, left.unknown], [1, 1, 50, 0]);
  for (const wrong of [NaN, -1, Infinity]) {
    const { seconds, unknown } = await estimate([unit(says(() => wrong), { value: 5 })], {
      ...place,
      store: `${store}/b`,
    });
    assert.deepEqual([seconds, unknown], [undefined, 1]);
  }
});

withStore("a kind that throws when it is asked for a time fails its unit, and no other", async (store) => {
  const picky: typeof square = {
    ...square,
    seconds({ value }) {
      if (value === 1) throw new RangeError("no idea");
      return 1;
    },
  };
  const { rows, failures } = await run({
    units: [0, 1, 2].map((value) => unit(picky, { value })),
    store,
    engine: "wasm",
  });
  assert.deepEqual(rows, [{ value: 0, square: 0 }, { value: 2, square: 4 }]);
  assert.deepEqual(failures.map(({ error }) => error), ["no idea"]);
});
