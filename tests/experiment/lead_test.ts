import assert from "node:assert/strict";
import { run } from "../../lib/experiment/mod.ts";
import { squares } from "./toy.ts";
import { tagged } from "../tags.ts";
import { gone, truth, withStore } from "./with_store.ts";

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

withStore("two leaders at once on one store share the work: each unit is done once", async (store) => {
  const both = await Promise.all([1, 2].map(() => lead(store, { count: 60, wait: 20 })));
  for (const { code, rows, said } of both) {
    assert.equal(code, 0, said);
    assert.deepEqual(JSON.parse(rows), truth(60));
  }
  const done = (await Deno.readTextFile(`${store}/log`)).trim().split("\n").map((line) => line.split(" ")[0]);
  assert.deepEqual([done.length, new Set(done).size], [60, 60]);
});

withStore("answers that have come are kept by a run that is stopped", async (store) => {
  const log = `${store}/log`;
  const begun = async () => (await Deno.readTextFile(log)).trim().split("\n").length;
  // Two workers, who begin with what is never done when the leader has heard what they did.
  const units = [...squares(2, { log }), ...squares(2, { log, wait: 1e6 })];
  const abort = new AbortController();
  const listen = async () => {
    while (await begun() < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort(new Error("enough"));
  };
  const place = { store, engine: "wasm", workers: 2 } as const;
  await assert.rejects(run({ ...place, units, listen, signal: abort.signal }), { message: "enough" });
  const { fromStore, computed } = await run({ ...place, units: squares(2, { log }) });
  assert.deepEqual([fromStore, computed], [2, 0]);
});

withStore("a leader that cannot begin gives back what it had taken", async (store) => {
  const cache = Deno.env.get("XDG_CACHE_HOME");
  await Deno.writeTextFile(`${store}/file`, "");
  Deno.env.set("XDG_CACHE_HOME", `${store}/file`);
  try {
    await assert.rejects(run({ units: squares(2), store: `${store}/rows`, engine: "wasm" }), /directory/i);
  } finally {
    if (cache === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", cache);
  }
  assert.deepEqual([...Deno.readDirSync(`${store}/rows/leaders`)], []);
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
