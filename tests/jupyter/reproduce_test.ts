import assert from "node:assert/strict";
import { join } from "node:path";
import { readNotebook, writeNotebook } from "../../kernels/jupyter/runner/notebook.ts";
import { type Killed, killedAtRandom, KILLS, unfinishedIn } from "../kills.ts";
import { killIfThere } from "../experiment/clusters.ts";
import { tagged } from "../tags.ts";
import { noKernel } from "./kernel.ts";
import { assertNoneLeft, processesWith } from "./kernel/processes.ts";

const root = `${import.meta.dirname}/../..`;
const ignore = noKernel;

async function reproduce(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-lock", "tasks/main.ts", "reproduce", ...args],
    cwd: root,
    env: { NO_COLOR: "1", INIT_CWD: root },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  return { code, out, err };
}

Deno.test(
  "reproduce writes the notebook, its figures and the gallery, and says where",
  { ignore },
  async () => {
    const results = await Deno.makeTempDir();
    const { code, out, err } = await reproduce(
      "runner",
      "--notebooks=tests/notebooks",
      `--results=${results}`,
    );
    assert.equal(code, 0, err);
    assert.match(err, /cell 4\/7 {2}console\.log\("one"\);\n {6}one\n/);
    assert.match(err, /counting: 3\/3/);
    for (const line of out.trim().split("\n")) await Deno.stat(line.split(/\s+/)[1]!);
    const { metadata, cells } = await readNotebook(join(results, "runner.ipynb"));
    assert.equal((metadata.espalier as { preset: string }).preset, "quick");
    assert.ok(cells.some(({ metadata }) => metadata.tags?.includes("injected-parameters")));
    const figure = await Deno.readTextFile(join(results, "figures/runner-01-a-dot-more.svg"));
    assert.match(figure, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="40"/);
    const page = await Deno.readTextFile(join(results, "index.html"));
    assert.match(page, /What the runner must get right/);
    assert.match(page, /<span>procedural<\/span>/);
    await Deno.remove(results, { recursive: true });
  },
);

Deno.test(
  "a notebook that fails: exit code 1, the cell named, what was drawn before kept",
  { ignore },
  async () => {
    const folder = await Deno.makeTempDir();
    const notebook = await readNotebook(`${root}/tests/notebooks/runner.ipynb`);
    const [title, , , printing] = notebook.cells;
    const failing = { ...printing!, id: "failing", source: 'throw new RangeError("meant to")' };
    await writeNotebook(join(folder, "bad.ipynb"), { ...notebook, cells: [title!, printing!, failing] });
    const { code, err } = await reproduce(`--notebooks=${folder}`, `--results=${folder}/results`);
    assert.equal(code, 1);
    assert.match(err, /bad: Cell 2 \(`throw new RangeError\("meant to"\)`\) failed: RangeError: meant to/);
    const { cells } = await readNotebook(join(folder, "results/bad.ipynb"));
    assert.deepEqual(cells[1]!.outputs![0], {
      output_type: "stream",
      name: "stdout",
      text: ["one\n", "two\n"],
    });
    assert.match(await Deno.readTextFile(join(folder, "results/index.html")), /Stopped early: Cell 2/);
    await Deno.remove(folder, { recursive: true });
  },
);

Deno.test("a name that no notebook has: one sentence with those there are", async () => {
  const { code, err } = await reproduce("nothing", "--notebooks=tests/notebooks");
  assert.equal(code, 1);
  assert.equal(err.trim(), 'Cannot find the notebook "nothing": there are runner');
});

Deno.test(
  "what a notebook computes is kept: the second run says so; a unit that fails is told with all its text",
  { ignore },
  async () => {
    const folder = await Deno.makeTempDir();
    const toy = new URL("../experiment/toy.ts", import.meta.url).href;
    const door = new URL("../../lib/experiment/mod.ts", import.meta.url).href;
    const source = `import { run, unit } from "${door}";\n` +
      `import { square, squares } from "${toy}";\n` +
      `const bad = unit(square, { value: 9, fails: "meant to" });\n` +
      `const { rows } = await run({ units: [...squares(3), bad], store: "${folder}/store", engine: "wasm" });\n` +
      `rows.length;`;
    const notebook = await readNotebook(`${root}/tests/notebooks/runner.ipynb`);
    const cell = { ...notebook.cells[3]!, id: "units", source };
    await writeNotebook(join(folder, "units.ipynb"), { ...notebook, cells: [notebook.cells[0]!, cell] });
    const once = () => reproduce(`--notebooks=${folder}`, `--results=${folder}/results`);
    const first = await once();
    assert.equal(first.code, 1);
    assert.match(first.err, /done in .*; 3 units computed; 0 from the store; 1 FAILED/);
    assert.match(first.err, /units: a unit failed, the square of 9\nRangeError: meant to\n +at .*toy\.ts/);
    assert.match((await once()).err, /done in .*; 0 units computed; 3 from the store, the oldest of 20\d\d-/);
    const fresh = await reproduce(`--notebooks=${folder}`, `--results=${folder}/results`, "--fresh");
    assert.match(fresh.err, /3 units computed; 0 from the store/);
    await Deno.remove(folder, { recursive: true });
  },
);

Deno.test(
  "nothing is left running of a reproduce that is killed, and no connection file",
  { ignore: ignore || Deno.build.os !== "linux" },
  async () => {
    const folder = await Deno.makeTempDir();
    const tmp = await Deno.makeTempDir();
    const mark = crypto.randomUUID();
    const notebook = await readNotebook(`${root}/tests/notebooks/runner.ipynb`);
    const [title, , , printing] = notebook.cells;
    const endless = { ...printing!, id: "endless", source: 'console.log("begun");\nwhile (true);' };
    await writeNotebook(join(folder, "endless.ipynb"), { ...notebook, cells: [title!, endless] });
    const program = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-lock", "tasks/main.ts", "reproduce", `--notebooks=${folder}`].concat(
        `--results=${folder}/results`,
      ),
      cwd: root,
      env: { NO_COLOR: "1", INIT_CWD: root, TMPDIR: tmp, ESPALIER_TEST: mark },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    try {
      for await (const text of program.stderr.pipeThrough(new TextDecoderStream())) {
        if (/^ +begun$/m.test(text)) break;
      }
      assert.ok(processesWith(`ESPALIER_TEST=${mark}`).length >= 3, "it runs, with a kernel and its cells");
      program.kill("SIGKILL");
      await program.status;
      await assertNoneLeft(`ESPALIER_TEST=${mark}`);
      assert.deepEqual([...Deno.readDirSync(tmp)].map(({ name }) => name), []);
    } finally {
      killIfThere(program.pid);
      await Deno.remove(folder, { recursive: true });
      await Deno.remove(tmp, { recursive: true });
    }
  },
);

Deno.test(
  tagged("a reproduce that is killed and started again: the same rows, nothing left running or over", "slow"),
  { ignore: ignore || Deno.build.os !== "linux" },
  async () => {
    const toy = new URL("../experiment/toy.ts", import.meta.url).href;
    const door = new URL("../../lib/experiment/mod.ts", import.meta.url).href;
    const notebook = await readNotebook(`${root}/tests/notebooks/runner.ipynb`);
    const [title, , , printing] = notebook.cells;
    const all: Killed = { kills: 0, unfinished: 0, said: "" };
    for (let trial = 0; all.kills < (KILLS || 1) && trial < 1000; trial++) {
      const [folder, tmp, mark] = [await Deno.makeTempDir(), await Deno.makeTempDir(), crypto.randomUUID()];
      const source =
        `console.log("begun");\nimport { run } from "${door}";\nimport { squares } from "${toy}";\n` +
        `const { rows } = await run({ units: squares(6, { wait: 100 }), store: "${folder}/store", engine: "wasm" });\n` +
        "console.log(JSON.stringify(rows));";
      await writeNotebook(join(folder, "units.ipynb"), {
        ...notebook,
        cells: [title!, { ...printing!, id: "units", source }],
      });
      const start = () =>
        new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "--no-lock", "tasks/main.ts", "reproduce", `--notebooks=${folder}`].concat(
            `--results=${folder}/results`,
          ),
          cwd: root,
          env: { NO_COLOR: "1", INIT_CWD: root, TMPDIR: tmp, ESPALIER_TEST: mark },
          stdout: "piped",
          stderr: "piped",
        });
      const kills = Math.min(4, (KILLS || 1) - all.kills);
      const afterKill = () => assertNoneLeft(`ESPALIER_TEST=${mark}`);
      const killed = await killedAtRandom(start, { folder, kills, longest: 2500, seed: trial, afterKill });
      const { cells } = await readNotebook(join(folder, "results/units.ipynb"));
      const said = cells.at(-1)!.outputs!.flatMap((output) => (output as { text?: string[] }).text ?? [])
        .join("");
      const expected = [0, 1, 2, 3, 4, 5].map((value) => ({ value, square: value ** 2 }));
      assert.deepEqual(JSON.parse(said.slice(said.indexOf("[{"))), expected);
      await assertNoneLeft(`ESPALIER_TEST=${mark}`);
      assert.deepEqual(unfinishedIn(folder), []);
      assert.deepEqual([...Deno.readDirSync(tmp)].map(({ name }) => name), []);
      all.kills += killed.kills;
      all.unfinished += killed.unfinished;
      for (const place of [folder, tmp]) await Deno.remove(place, { recursive: true });
    }
    if (KILLS > 0) console.log(`reproduce: ${all.kills} kills, ${all.unfinished} unfinished files`);
  },
);
