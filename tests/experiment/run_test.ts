import assert from "node:assert/strict";
import { run, unit } from "../../lib/experiment/mod.ts";
import { planUnits } from "../../lib/experiment/plan.ts";
import { square, squares, sum, timing } from "./toy.ts";
import { gone, truth, withStore } from "./with_store.ts";

withStore("rows come in the order of the units, are kept, and are not computed again", async (store) => {
  const log = `${store}/log`;
  const units = squares(12, { log });
  const first = await run({ units, store, engine: "wasm" });
  assert.deepEqual(first.rows, truth(12));
  assert.deepEqual([first.computed, first.fromStore, first.failures.length], [12, 0, 0]);
  const again = await run({ units: squares(14, { log }), store, engine: "wasm" });
  assert.deepEqual(again.rows, truth(14));
  assert.deepEqual([again.computed, again.fromStore], [2, 12]);
  assert.equal((await Deno.readTextFile(log)).trim().split("\n").length, 14);
  const { oldest, newest } = again.when!;
  assert.ok(oldest < newest && oldest >= first.when!.oldest);
});

withStore("what was computed before a moment is computed again after it", async (store) => {
  const units = squares(3, { log: `${store}/log` });
  await run({ units, store, engine: "wasm" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  const fresh = new Date().toISOString();
  for (const computed of [3, 0]) {
    const again = await run({ units, store, fresh, engine: "wasm" });
    assert.deepEqual([again.rows, again.computed], [truth(3), computed]);
  }
});

withStore("what is computed again begins anew, and goes on from what it wrote since", async (store) => {
  // The unit ends its process while there is no checkpoint, and is tried again.
  const begin = async (fresh: string | undefined, log: string) => {
    const [one] = squares(1, { dies: 1, log });
    const plan = await planUnits([one!], { store, engine: "wasm" });
    await Deno.writeTextFile(`${await plan.store.scratch(plan.asked[0]!.name)}/0`, "");
    await run({ units: [one!], store, fresh, engine: "wasm" });
    return (await Deno.readTextFile(log)).trim().split("\n").length;
  };
  const [before, after] = [-1, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  assert.equal(await begin(undefined, `${store}/log`), 1);
  assert.equal(await begin(before, `${store}/log of one that goes on`), 1);
  assert.equal(await begin(after, `${store}/log of one that is fresh`), 2);
});

withStore("a unit reads what it needs, which is computed first and once", async (store) => {
  const [a, b] = squares(7, { log: `${store}/log` }).slice(5);
  const units = [
    unit(sum, { label: "one" }, { a: a!, b: b! }),
    unit(sum, { label: "two" }, { a: a!, b: a! }),
  ];
  const { rows, computed, rowsOf, product } = await run({ units, store, engine: "wasm" });
  assert.deepEqual([rows, computed], [[{ sum: 25 + 36 }, { sum: 50 }], 4]);
  assert.equal((await Deno.readTextFile(`${store}/log`)).trim().split("\n").length, 2);
  assert.deepEqual(rowsOf(b!), [{ value: 6, square: 36 }]);
  // A unit is its data: one that is made anew is the same.
  assert.deepEqual(rowsOf(squares(7, { log: `${store}/log` })[6]!), [{ value: 6, square: 36 }]);
  assert.equal(new TextDecoder().decode(await product(b!)), "36");
});

withStore(
  "a unit that fails is told with all its text, and ends neither others nor the run",
  async (store) => {
    const bad = unit(square, { value: 1, fails: "the value is unlucky" });
    const units = [bad, unit(sum, { label: "of it" }, { a: bad, b: squares(1)[0]! }), ...squares(5)];
    const { rows, failures } = await run({ units, store, engine: "wasm" });
    assert.deepEqual(rows, truth(5));
    assert.equal(failures.length, 2);
    assert.equal(failures[0]!.error, "the value is unlucky");
    assert.match(failures[0]!.stack, /RangeError: the value is unlucky\n.*toy\.ts/);
    assert.match(failures[1]!.error, /^Cannot run the sum of it: it needs the square of 1, which failed$/);
    const kept = await Array.fromAsync(Deno.readDir(`${store}/failures`));
    assert.equal(kept.length, 1);
  },
);

withStore("a worker that dies is replaced and its unit tried again, three times at most", async (store) => {
  const units = [
    unit(square, { value: 1, dies: 2 }),
    unit(square, { value: 2, dies: 99 }),
    unit(square, { value: 3, prints: "no line's end " }),
  ];
  const { rows, failures } = await run({ units, store, engine: "wasm" });
  assert.deepEqual(rows, [{ value: 1, square: 1 }, { value: 3, square: 9 }]);
  assert.match(failures[0]!.error, /^Cannot finish the square of 2: its worker ended 3 times.*SIGKILL/);
});

withStore("timings run alone, with all processors, after everything else", async (store) => {
  const timings = ["a", "b", "c"].map((name) => unit(timing, { name }));
  const finished: string[] = [];
  const listen = ({ kind }: { kind: { name: string } }) => void finished.push(kind.name);
  const { rows } = await run({
    units: [...timings, ...squares(4, { wait: 50 })],
    store,
    listen,
    engine: "wasm",
  });
  assert.deepEqual(finished.slice(-3), ["toy/timing", "toy/timing", "toy/timing"]);
  const times = rows.slice(0, 3) as unknown as { from: number; to: number; threads: number }[];
  times.sort((a, b) => a.from - b.from);
  assert.ok(times.every(({ from }, i) => i === 0 || from >= times[i - 1]!.to));
  assert.ok(times.every(({ threads }) => threads === navigator.hardwareConcurrency));
});

withStore("a run that is aborted keeps what it has, and leaves no worker behind", async (store) => {
  const abort = new AbortController();
  const units = squares(40, { wait: 30, log: `${store}/log` });
  let rows = 0;
  const listen = () => void (++rows === 5 && abort.abort(new Error("enough")));
  await assert.rejects(
    run({ units, store, listen, signal: abort.signal, engine: "wasm" }),
    /^Error: enough$/,
  );
  const { fromStore } = await run({ units, store, engine: "wasm" });
  assert.ok(fromStore >= 5 && fromStore < 40, `${fromStore} rows were kept`);
  const workers = new Set(
    (await Deno.readTextFile(`${store}/log`)).trim().split("\n").map((l) => l.split(" ")[1]!),
  );
  await gone(workers);
});

withStore(
  "a unit whose data are not on the machine fails, by their name, and ends no other",
  async (store) => {
    const hungry: typeof square = { ...square, data: ({ value }) => value === 1 ? ["no/such/data"] : [] };
    const units = [0, 1, 2].map((value) => unit(hungry, { value }));
    const { rows, failures } = await run({
      units: [...units, unit(sum, { label: "of it" }, { a: units[0]!, b: units[1]! })],
      store,
      engine: "wasm",
    });
    assert.deepEqual(rows, [{ value: 0, square: 0 }, { value: 2, square: 4 }]);
    assert.match(failures[0]!.error, /^Cannot find the data no\/such\/data: looked in /);
    assert.match(failures[1]!.error, /^Cannot run the sum of it: it needs the square of 1, which failed$/);
  },
);

withStore("what a unit needs that failed before it began is not computed", async (store) => {
  const hungry: typeof sum = { ...sum, data: () => ["no/such/data"] };
  const [a, b] = squares(2);
  const { wanted, asked } = await planUnits([unit(hungry, { label: "of it" }, { a: a!, b: b! })], {
    store,
    engine: "wasm",
  });
  assert.deepEqual([...wanted], asked);
});

withStore("settings that cannot be are refused before anything begins", async (store) => {
  const units = squares(1);
  const refused: [object, RegExp][] = [
    ...[0, -1, 1.5, NaN].map((
      workers,
    ): [object, RegExp] => [{ workers }, /^RangeError: Cannot run with .* workers/]),
    [{ on: "here?workers=abc" }, /^RangeError: Cannot run with workers=abc workers/],
    [{ on: "here:elsewhere" }, /^RangeError: Cannot run on "here:elsewhere"/],
    [{ on: "ray:" }, /^RangeError: Cannot run on "ray:": expected the address/],
    [{ engine: "nativ" }, /^RangeError: Cannot compute with the engine "nativ": expected one of native/],
    [{ fresh: "yes" }, /^RangeError: Cannot compute again what is older than "yes": expected a moment/],
  ];
  for (const [place, said] of refused) {
    await assert.rejects(run({ units, store, engine: "wasm", ...place }), said);
  }
});

withStore(
  "a module that runs its own units is told so by its workers, instead of waiting for itself",
  async (store) => {
    const door = new URL("../../lib/experiment/mod.ts", import.meta.url).href;
    const program = `import { run, unit } from "${door}";
    const kind = { name: "own/kind", version: 1, module: import.meta.url, label: () => "own",
      work: () => Promise.resolve({ rows: [1] }) };
    export const kinds = [kind];
    const { failures } = await run({ units: [unit(kind, {})], store: "${store}/store", engine: "wasm" });
    console.log(failures[0].error);`;
    await Deno.writeTextFile(`${store}/own.ts`, program);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", `${store}/own.ts`],
    })
      .output();
    assert.match(new TextDecoder().decode(stdout), /^Cannot run units within a worker: .*import\.meta\.main/);
  },
);
