import assert from "node:assert/strict";
import { run, type Unit, unit } from "../../lib/experiment/mod.ts";
import { planUnits } from "../../lib/experiment/plan.ts";
import { square, squares, sum, timing } from "./toy.ts";
import { inFolder } from "../in_folder.ts";
import { tagged } from "../tags.ts";

/** A test with a store of its own. */
function withStore(name: string, test: (store: string) => Promise<void>): void {
  Deno.test(name, () => inFolder(test));
}

const truth = (count: number) => Array.from({ length: count }, (_, value) => ({ value, square: value ** 2 }));

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

/** What comes of leader processes; those that are to be killed are, after so many milliseconds. */
async function lead(store: string, { count, wait, kill }: { count: number; wait: number; kill?: number }) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-lock", new URL("leader.ts", import.meta.url).pathname]
      .concat([store, `${count}`, `${wait}`, `${store}/log`]),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = kill === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), kill);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  return { code, rows: new TextDecoder().decode(stdout), said: new TextDecoder().decode(stderr) };
}

/** Waits until processes are no more. */
async function gone(pids: Iterable<string>): Promise<void> {
  for (const pid of pids) {
    for (let tries = 0; await Deno.stat(`/proc/${pid}`).then(() => true, () => false); tries++) {
      assert.ok(tries < 50, `worker ${pid} outlived its leader`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

withStore("two leaders at once on one store share the work: each unit is done once", async (store) => {
  const both = await Promise.all([1, 2].map(() => lead(store, { count: 60, wait: 20 })));
  for (const { code, rows, said } of both) {
    assert.equal(code, 0, said);
    assert.deepEqual(JSON.parse(rows), truth(60));
  }
  const done = (await Deno.readTextFile(`${store}/log`)).trim().split("\n").map((line) => line.split(" ")[0]);
  assert.deepEqual([done.length, new Set(done).size], [60, 60]);
});

withStore(
  tagged("a leader that is killed leaves no worker, and the next one goes on to the same rows", "slow"),
  async (store) => {
    const ignored = Deno.build.os !== "linux";
    if (ignored) return;
    // Sizes and times of fixed seeds: a leader takes some 300 ms to begin, the units some 800 ms.
    for (let trial = 0; trial < 20; trial++) {
      const folder = `${store}/${trial}`;
      await Deno.mkdir(folder);
      await lead(folder, { count: 40, wait: 30, kill: 200 + 45 * trial });
      const workers = await Deno.readTextFile(`${folder}/log`).catch(() => "");
      await gone(new Set(workers.trim().split("\n").filter(Boolean).map((line) => line.split(" ")[1]!)));
      const resumed = await run({
        units: squares(40, { wait: 30, log: `${folder}/log` }),
        store: folder,
        engine: "wasm",
      });
      assert.deepEqual(resumed.rows, truth(40));
    }
  },
);

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

withStore("a spec that is not plain JSON, or a label that throws, fails its unit alone", async (store) => {
  const mute: typeof square = {
    ...square,
    label: () => {
      throw new Error("no words");
    },
  };
  const { rows, failures } = await run({
    units: [unit(square, { value: NaN }), unit(mute, { value: 2 }), ...squares(2)],
    store,
    engine: "wasm",
  });
  assert.deepEqual(rows, truth(2));
  assert.deepEqual(failures.map(({ error }) => error.split(":")[0]), [
    "Cannot write toy/square.spec.value as JSON",
    "no words",
  ]);
});

withStore("units that share needs many times over are named once each", async (store) => {
  let top = squares(1)[0]! as Unit;
  for (let level = 0; level < 40; level++) top = unit(sum, { label: `${level}` }, { a: top, b: top });
  const { taskOf } = await planUnits([top], { store, engine: "wasm" });
  assert.equal(new Set(taskOf.values()).size, 41);
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

withStore("who takes times is alone on the machine, also among several leaders", async (store) => {
  const spans = await Promise.all([0, 1].map(async (i) => {
    const names = Array.from({ length: 12 }, (_, k) => `${i} ${k}`);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-lock", new URL("timing_leader.ts", import.meta.url).pathname]
        .concat([`${store}/${i}`, "20", ...names]),
      stderr: "inherit",
    }).output();
    return JSON.parse(new TextDecoder().decode(stdout)) as { from: number; to: number }[];
  }));
  const all = spans.flat().sort((a, b) => a.from - b.from);
  assert.equal(all.length, 24);
  for (const [i, { from }] of all.entries()) {
    assert.ok(i === 0 || from >= all[i - 1]!.to, "two were timed at once");
  }
});

withStore("workers go by the import map of the module that declares the kinds", async (store) => {
  const map = { imports: { "experiments": new URL("../../lib/experiment/mod.ts", import.meta.url).href } };
  await Deno.writeTextFile(`${store}/deno.json`, JSON.stringify(map));
  const kinds = `import { unit } from "experiments";
    export const kind = { name: "own/kind", version: 1, module: import.meta.url, label: () => "own",
      work: () => Promise.resolve({ rows: [typeof unit] }) };
    export const kinds = [kind];`;
  const main = `import { run, unit } from "experiments";
    import { kind } from "./kinds.ts";
    console.log((await run({ units: [unit(kind, {})], store: "${store}/store", engine: "wasm" })).rows[0]);`;
  await Deno.writeTextFile(`${store}/kinds.ts`, kinds);
  await Deno.writeTextFile(`${store}/main.ts`, main);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "main.ts"],
    cwd: store,
  })
    .output();
  assert.equal(new TextDecoder().decode(stdout), "function\n", new TextDecoder().decode(stderr));
});
