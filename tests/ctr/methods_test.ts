import assert from "node:assert/strict";
import { countIds } from "../../lib/ctr/clicks.ts";
import { fitCtr } from "../../lib/ctr/fit_ctr.ts";
import { deepFm } from "../../lib/ctr/interactions/deep_fm.ts";
import { fm } from "../../lib/ctr/interactions/fm.ts";
import { autoDim } from "../../lib/ctr/methods/auto_dim.ts";
import { autoField } from "../../lib/ctr/methods/auto_field.ts";
import { frequency } from "../../lib/ctr/methods/frequency.ts";
import { magnitude } from "../../lib/ctr/methods/magnitude.ts";
import type { TableMethod } from "../../lib/ctr/methods/method.ts";
import { optEmbed, type OptEmbedOptions } from "../../lib/ctr/methods/opt_embed.ts";
import { pep } from "../../lib/ctr/methods/pep.ts";
import { plain } from "../../lib/ctr/methods/plain.ts";
import { predict, scoreLogits } from "../../lib/ctr/predict.ts";
import { quotientRemainder } from "../../lib/ctr/methods/quotient_remainder.ts";
import { randomRows } from "../../lib/ctr/methods/random_rows.ts";
import { searchDimensions, type SearchOptions, type SearchState } from "../../lib/ctr/search/evolution.ts";
import { syntheticLog } from "../../lib/ctr/synthetic_log.ts";
import { aliveRows } from "../../lib/ctr/tables/masked_table.ts";
import { sealJson } from "../../lib/files/checksum.ts";
import { readJsonFile } from "../../lib/files/json_file.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";
import { int64 } from "../../lib/tensor/tensor.ts";
import { assertClose } from "../close.ts";
import { inFolder } from "../in_folder.ts";
import { withEngine } from "../train/engines.ts";

const log = syntheticLog({ seed: 1, rows: [4000, 1000, 1000] });
const SETTINGS = {
  features: 4,
  firstOrder: "zeros",
  batchSize: 500,
  rate: 1e-2,
  weightDecay: 1e-4,
  epochs: 2,
  patience: 2,
} as const;
const ROWS = { thresholdRate: 0.5, alpha: 0.05 };
const QUICK = { ...ROWS, generations: 2 };

const METHODS: readonly [TableMethod, share: readonly [number, number]][] = [
  [plain(), [1, 1]],
  [frequency({ rows: 103 }), [0.1, 0.1]],
  [randomRows({ rows: 103 }), [0.1, 0.1]],
  [magnitude({ share: 0.25 }), [0.25, 0.25]],
  [optEmbed({ ...QUICK }), [0.001, 0.999]],
  [optEmbed({ ...ROWS, mode: "feature" }), [0.001, 0.999]],
  [optEmbed({ mode: "embed", generations: 2 }), [0.26, 0.99]],
  [optEmbed({ mode: "all2", thresholdRate: 0.5, generations: 2 }), [0.001, 0.999]],
  [optEmbed({ ...QUICK, pruned: "vector", scope: "row", norm: 2 }), [0.001, 0.999]],
  [optEmbed({ ...QUICK, budget: { cap: 0.4 } }), [0.001, 0.4]],
  [pep({ share: 0.6, start: -4 }), [0.001, 0.6]],
  [quotientRemainder(), [0.2, 0.35]],
  [autoField({ rounds: 1 }), [0, 1]],
  [autoDim({ rounds: 1 }), [0.25, 1]],
];

withEngine(
  "every method leaves what it says, and the small model is the one that was trained",
  "native",
  async (runtime) => {
    for (const [i, [table, [least, most]]] of METHODS.entries()) {
      const interaction = i % 2 === 0 ? fm() : deepFm({ hidden: [6] });
      // Only a prepared log has vocabularies that a model belongs to; the last three are said to.
      const known = i > 10 ? { vocabularies: "a digest" } : {};
      const own = { ...log, train: { ...log.train, ...known } };
      const { choice, masked, compact, test } = await fitCtr(interaction, own, {
        ...SETTINGS,
        table,
        seed: 2,
        runtime,
      });
      assert.deepEqual(
        compact.model.info.metadata,
        i > 10 ? { fields: JSON.stringify(log.train.fields), ...known } : {},
      );
      assert.equal(compact.bytes.file, compact.model.toOnnx().length);
      const numbers = choice.numbers ?? choice.mask.reduce((sum, one) => sum + one, 0);
      const share = numbers / choice.mask.length;
      assert.ok(share >= least - 1e-3 && share <= most + 1e-3, `${table.name} keeps ${share}`);
      assert.ok(test.auc > 0.3 && test.auc < 1 && test.logLoss < 2, `${table.name}: ${JSON.stringify(test)}`);
      const [whole, small] = [await runtime.session(masked), await runtime.session(compact.model)];
      const before = await predict(whole, log.test);
      const { logit } = await small.run({ ids: int64(Array.from(log.test.ids, BigInt), [1000, 10]) });
      assertClose(logit!.data as Float32Array, before, { absolute: 2e-6, relative: 1e-6 }, table.name);
      // The same seed comes to the same end.
      if (table.name === "OptEmbed") {
        const again = await fitCtr(interaction, log, { ...SETTINGS, table, seed: 2, runtime });
        assert.deepEqual(again.compact.model.toOnnx(), compact.model.toOnnx());
      }
      await whole.release();
      await small.release();
    }
  },
);

withEngine("frequency keeps the rows that are looked up most", "native", async (runtime) => {
  const task = {
    ...{ interaction: fm(), log, features: 4, firstOrder: "zeros" as const, seed: 0, runtime },
    training: { batchSize: 500, rate: 1e-2, weightDecay: 0, epochs: 1, patience: 0 },
  };
  const kept = aliveRows((await frequency({ rows: 50 }).choose(task)).mask, 4);
  const counts = countIds(log.train);
  const among = [...counts].filter((_, row) => kept[row]),
    others = [...counts].filter((_, row) => !kept[row]);
  assert.equal(among.length, 50);
  assert.ok(Math.min(...among) >= Math.max(...others));
});

withEngine(
  "a run that was stopped in any of its stages goes on to the same model",
  "native",
  async (runtime) => {
    const folder = await Deno.makeTempDir();
    try {
      const run = (folder?: string, stop?: { title: number; step: number }) => {
        let titles = 0;
        return fitCtr(fm(), log, {
          ...SETTINGS,
          table: optEmbed(QUICK),
          seed: 5,
          runtime,
          ...folder && { folder },
          progress: {
            start: () => void titles++,
            step(done) {
              if (stop && titles === stop.title && done === stop.step) throw new Error("stopped");
            },
            close: () => {},
          },
        });
      };
      const whole = await run();
      // In the supernet's second epoch, and when it is trained again: the search is done by then.
      for (const stop of [{ title: 1, step: 12 }, { title: 2, step: 9 }]) {
        await assert.rejects(run(folder, stop), /stopped/);
      }
      const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assert.deepEqual(left, [
        "retrained.safetensors",
        "search-all.json",
        "supernet-all-field.log.json",
        "supernet-all-field.safetensors",
      ]);
      const resumed = await run(folder);
      assert.deepEqual(resumed.compact.model.toOnnx(), whole.compact.model.toOnnx());
      assert.deepEqual(resumed.choice.notes!.log, whole.choice.notes!.log, "each epoch is told of once");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

withEngine(
  "a kept search goes on or is cut to the generations asked for, and is no other search's",
  "native",
  (runtime) =>
    inFolder(async (folder) => {
      const path = `${folder}/search-embed.json`;
      const task = {
        ...{ interaction: fm(), log, features: 4, firstOrder: "zeros" as const, seed: 2, runtime },
        training: { batchSize: 500, rate: 1e-2, weightDecay: 0, epochs: 1, patience: 0 },
      };
      const choose = async (options: OptEmbedOptions, into?: string) =>
        (await optEmbed({ mode: "embed", ...options }).choose({ ...task, folder: into })).notes!.search;
      const given: SearchOptions[] = [];
      const search = (options: SearchOptions) => {
        given.push(options);
        return searchDimensions({ ...options, mutations: 3, crossovers: 2 });
      };
      // Another search leaves no file, and does not go on from one.
      const other = await choose({ search, generations: 2 }, folder);
      await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
      const longer = await choose({ generations: 3 }, folder);
      assert.deepEqual(longer, await choose({ generations: 3 }));
      assert.deepEqual(await choose({ search, generations: 2 }, folder), other);
      assert.deepEqual(given.map(({ from, keep }) => [from, keep]), given.map(() => [undefined, undefined]));
      // Fewer generations leave the longer search as it is.
      const before = await Deno.readTextFile(path);
      assert.deepEqual(await choose({ generations: 2 }, folder), await choose({ generations: 2 }));
      assert.equal(await Deno.readTextFile(path), before);
      const kept = (await readJsonFile<{ state: SearchState }>(path))!;
      for (const part of ["archive", "history"] as const) {
        const state = { ...kept.state, [part]: [...kept.state[part], {}] };
        await Deno.writeTextFile(path, sealJson({ ...kept, state }));
        await assert.rejects(choose({ generations: 4 }, folder), {
          name: "SyntaxError",
          message: new RegExp(
            `Cannot read .*search-embed\\.json: state\\.${part}\\[\\d+\\]\\.\\w+ is missing`,
          ),
        });
      }
    }),
);

withEngine("of gates that are equal the larger width is taken", "native", async (runtime) => {
  const task = {
    ...{ interaction: fm(), log, features: 4, firstOrder: "zeros" as const, seed: 0, runtime },
    training: { batchSize: 500, rate: 1e-2, weightDecay: 0, epochs: 1, patience: 0 },
  };
  // Gates that do not learn stay zeros.
  const { notes } = await autoDim({ rounds: 1, rateFactor: 0, widths: [2, 3, 1] }).choose(task);
  assert.deepEqual(notes!.widths, log.train.fields.map(() => 3));
});

withEngine(
  "PEP trains until its share is reached, and goes on where it ended",
  "native",
  (runtime) =>
    inFolder(async (folder) => {
      let steps: number[] = [];
      let last = Infinity;
      const step = (done: number) => {
        steps.push(done);
        if (done === last) throw new Error("the machine went off");
      };
      const task = {
        ...{ interaction: fm(), log, features: 4, firstOrder: "zeros" as const, seed: 2, runtime },
        training: { batchSize: 500, rate: 1e-2, weightDecay: 0.1, epochs: 6, patience: 0 },
        progress: { start: () => {}, step, close: () => {} },
      };
      const choose = (share: number, into?: string) => {
        steps = [];
        return pep({ share, start: -6, rateFactor: 1 }).choose({ ...task, folder: into });
      };
      const whole = await choose(0.6);
      const { shares } = whole.notes as { shares: { step: number; share: number }[] };
      assert.deepEqual(shares.map(({ step }) => step), [8, 16, 24, 32]);
      assert.deepEqual(shares.map(({ share }) => share <= 0.6), [false, false, false, true]);
      assert.equal(whole.mask.filter((one) => one === 1).length / whole.mask.length, shares.at(-1)!.share);
      last = 29;
      await assert.rejects(choose(0.6, folder), /the machine went off/);
      last = Infinity;
      assert.deepEqual(await choose(0.6, folder), whole);
      assert.equal(steps[0], 24, "from the end of the epoch before");
      assert.deepEqual(await choose(0.6, folder), whole);
      assert.deepEqual(steps, [32], "no step more where its share was reached");
      assert.deepEqual(await choose(0.75, folder), await choose(0.75), "another share is another run");
      for (const _ of ["first", "again"]) {
        await assert.rejects(choose(0.01, folder), /after 6 epochs 0\.\d+ of it is left/);
      }
    }),
);

Deno.test("settings that make no sense are refused", () => {
  assert.throws(
    () => magnitude({ share: 0 }),
    /by magnitude with share 0: expected a number above 0, at most 1/,
  );
  assert.throws(() => pep({ share: 2 }), /by PEP with share 2/);
  assert.throws(() => pep({ share: 0.1, rateFactor: NaN }), /by PEP with rateFactor NaN/);
  // Thresholds start where the sigmoid has a slope, in the precision that they are trained in.
  for (const start of [-150, -104, -103, -8, 17, 18, 150]) {
    const y = Math.fround(1 / (1 + Math.exp(-start)));
    if (Math.fround(y * Math.fround(1 - y)) > 0) pep({ share: 0.1, start });
    else {
      assert.throws(() => pep({ share: 0.1, start }), {
        name: "RangeError",
        message: `Cannot make a table smaller by PEP with start ${start}: expected a number from -103 to 17`,
      });
    }
  }
  assert.throws(
    () => quotientRemainder({ collisions: 1 }),
    /by QR hashing with collisions 1: expected a whole number from 2/,
  );
  for (const rows of [-5, 0.5, NaN]) {
    assert.throws(
      () => frequency({ rows }),
      /keep rows by frequency with rows .*: expected a whole number from 0/,
    );
    assert.throws(
      () => randomRows({ rows }),
      /keep rows by random rows with rows .*: expected a whole number/,
    );
  }
  assert.throws(
    () => frequency({ row: 5 } as unknown as { rows: number }),
    /option "row": did you mean "rows"/,
  );
  for (const bad of [{ rounds: 0 }, { temperature: 0 }, { rateFactor: -1 }]) {
    const [name] = Object.keys(bad);
    assert.throws(() => autoField(bad), new RegExp(`Cannot choose by autoField with ${name} `));
    assert.throws(() => autoDim(bad), new RegExp(`Cannot choose by autoDim with ${name} `));
  }
  for (const budget of [{ cap: 10 }, { cost: -1 }, { within: NaN }]) {
    assert.throws(() => optEmbed({ budget }), /Cannot search within a budget with (cap|cost|within) /);
  }
  const unused: OptEmbedOptions[] = [
    { mode: "feature", budget: { cap: 0.1 } },
    { mode: "feature", generations: 3 },
    { mode: "all2", alpha: 0.1 },
    { mode: "embed", alpha: 0 },
    { mode: "embed", scope: "row" },
    { mode: "embed", norm: 2 },
    { mode: "embed", pruned: "vector" },
  ];
  for (const options of unused) {
    const [, option] = Object.keys(options);
    assert.throws(() => optEmbed(options), {
      name: "TypeError",
      message: new RegExp(
        `^Cannot call optEmbed with ${option} in mode "${options.mode}", which has no use for it`,
      ),
    });
  }
  const impossible: [object, RegExp][] = [
    [{ mode: "both" }, /Cannot make a supernet with mode "both": expected "feature"/],
    [{ norm: 3 }, /Cannot make a supernet with norm 3: expected a whole number from 1 to 2/],
    [{ generations: 0 }, /smaller by OptEmbed with generations 0: expected a whole number from 1/],
    [{ alpha: NaN }, /smaller by OptEmbed with alpha NaN: expected a number from 0/],
    [{ budget: { cost: 1, cap: 0.1 } }, /within a budget of cost and cap: expected one of/],
    [{ supernet: { rate: 0 } }, /Cannot train a supernet with rate 0: expected a number above 0/],
    [
      { supernet: { epoch: 3 } },
      /Cannot call optEmbed with supernet with option "epoch": did you mean "epochs"/,
    ],
  ];
  for (const [options, message] of impossible) assert.throws(() => optEmbed(options), message);
});

Deno.test("a cap below one coordinate of each field is refused before a supernet is trained that keeps all rows", async () => {
  const task = {
    ...{ interaction: fm(), log, features: 4, firstOrder: "zeros" as const, seed: 0 },
    runtime: { session: () => Promise.reject(new Error("a session was opened")) } as unknown as Runtime,
    training: { batchSize: 500, rate: 1e-2, weightDecay: 0, epochs: 1, patience: 0 },
  };
  await assert.rejects(
    optEmbed({ mode: "embed", budget: { cap: 0.2 } }).choose(task),
    /Cannot keep the table within 0.2 of its numbers: one coordinate of each field is 0.250 of them/,
  );
});

Deno.test("a log that nothing can be fitted to is refused before anything is trained", async () => {
  const prepared = { folder: "clicks", fields: log.train.fields, rows: {}, vocabularies: "" };
  for (const none of [prepared, undefined, Promise.resolve(log)]) {
    await assert.rejects(fitCtr(fm(), none as unknown as typeof log), {
      name: "TypeError",
      message: /of a prepared one give `await readLog\(log\)`/,
    });
  }
  for (const [label, words] of [[0, "without a click"], [1, "clicks alone"]] as const) {
    for (const part of ["validation", "test"] as const) {
      const labels = new Uint8Array(1000).fill(label);
      await assert.rejects(
        fitCtr(fm(), { ...log, [part]: { ...log[part], labels } }),
        { name: "RangeError", message: new RegExp(`its 1000 ${part} rows are ${words}`) },
      );
    }
  }
});

withEngine("a result says what ended it, and what a constant is worth", "native", async (runtime) => {
  const ended = [];
  for (const options of [{ epochs: 2, patience: 5 }, { epochs: 60, patience: 0 }]) {
    const { training, test } = await fitCtr(fm(), log, { ...SETTINGS, ...options, runtime });
    const areas = training.history.map(({ score }) => score!);
    assert.equal(training.auc, Math.max(...areas));
    assert.equal(training.ended === "epochs", areas.length === options.epochs);
    ended.push(training.ended);
    const share = log.test.labels.filter((label) => label === 1).length / log.test.labels.length;
    const logits = new Float64Array(1000).fill(Math.log(share / (1 - share)));
    const constant = scoreLogits(logits, log.test.labels);
    assertClose([test.shareLogLoss], [constant.logLoss], { absolute: 1e-12, relative: 0 });
  }
  assert.deepEqual(ended, ["epochs", "patience"]);
});
