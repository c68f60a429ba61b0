import assert from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { encodeNpy } from "../../lib/formats/npy.ts";
import { COMMANDS } from "../../lib/cli/commands/table.ts";
import { runCommandLine } from "../../lib/cli/run_command_line.ts";
import { limits } from "../../lib/limits.ts";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { checkPruned } from "../../lib/prune/check_pruned.ts";
import { mask } from "../../lib/prune/mask.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { runModel } from "../../lib/runtime/run_model.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { seededRandom } from "../../lib/random.ts";
import { float32, int64, Tensor } from "../../lib/tensor/tensor.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";
import { inFolder } from "../in_folder.ts";
import { espalier, MODEL } from "./espalier.ts";

/** Runs the program in this process: its code, answer and complaints. */
async function typed(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCommandLine(args, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

/** Runs a test with the path of a small model. */
const withModel = (test: (path: string, folder: string) => Promise<void>) =>
  inFolder(async (folder) => {
    await saveModel(mlp({ sizes: [4, 16, 16, 3] }), `${folder}/model.onnx`);
    await test(`${folder}/model.onnx`, folder);
  });

Deno.test("the short form prunes: half of the MACs, and the function of the masked model", async () => {
  await inFolder(async (folder) => {
    await saveModel(MODEL, `${folder}/in.onnx`);
    const { code, out, err } = await espalier(folder, "in.onnx", "out.onnx", "--macs", "0.5");
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^Keeps 4\d\.\d % of macs/);
    assert.match(out, /^MACs +[\d,]+ +[\d,]+ +0\.4\d+$/m);
    assert.match(out, /^Wrote out\.onnx$/m);
    const smaller = await loadModel(`${folder}/out.onnx`);
    assert.ok(countMacs(smaller).macs <= 0.5 * countMacs(MODEL).macs);
    const random = seededRandom(1, "image");
    const input = float32(Array.from({ length: 3072 }, () => random.normal()), [1, 3, 32, 32]);
    const masked = mask(MODEL, planPruning(MODEL, { target: { macs: 0.5 } }));
    const [given, expected] = [await runModel(smaller, { input }), await runModel(masked, { input })];
    assertClose(
      [...given.logits!.data as Float32Array],
      [...expected.logits!.data as Float32Array],
      REORDERED_FLOAT32,
    );
  });
});

Deno.test("answers go to stdout, as JSON where asked for, and progress to stderr", async () => {
  await inFolder(async (folder) => {
    await saveModel(mlp({ sizes: [4, 16, 3] }), `${folder}/in.onnx`);
    const { code, out, err } = await espalier(folder, "bench", "in.onnx", "--runs", "3", "--json");
    assert.equal(code, 0, err);
    const [row] = JSON.parse(out);
    assert.deepEqual([row.engine, row.batch, row.runs], ["native", 1, 3]);
    assert.match(err, /^Timing 1 model on native, batch 1: 3\/3/m);
  });
});

Deno.test("it ends with 1 where it cannot be done, and says why without a stack", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/text.onnx`, "no model");
    for (const args of [["missing.onnx", "--macs", "0.5"], ["inspect", "text.onnx"]]) {
      const { code, out, err } = await espalier(folder, ...args);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(err, /^Cannot read .*(missing|text)\.onnx: /);
      assert.doesNotMatch(err, /^ +at /m);
    }
  });
  await withModel(async (path) => {
    const { code, err } = await typed(path, "--macs", "0.0001");
    assert.equal(code, 1);
    assert.match(err, /^Cannot .*macs/);
  });
});

/** Values that are of the right kind and cannot be meant. */
const OUT_OF_BOUNDS: readonly [string, RegExp][] = [
  ["in --macs 0", /^Cannot keep 0 of macs: expected something above 0, and of a part at most all of it/],
  ["in --macs 0G", /^Cannot keep 0G of macs/],
  ["in --bytes 150%", /^Cannot keep 150% of bytes/],
  ["in --latency 1.5", /^Cannot keep 1\.5 of latency/],
  ["in --macs 0.5 --round-to 0", /^Cannot read --round-to 0: expected a whole number from 1$/],
  ["in --macs 0.5 --max-pruned 0", /^Cannot read --max-pruned 0: expected a number above 0, at most 1$/],
  ["in --macs 0.5 --max-pruned 2", /^Cannot read --max-pruned 2/],
  ["in --macs 0.5 --seed -1", /^Cannot read --seed -1: expected a whole number from 0$/],
  ["in --macs 0.5 --criterion l3", /^Cannot read --criterion l3: expected one of l1, l2, group-l2/],
  ["in --macs 0.5 --criterion taylor", /^Cannot rank channels by "taylor" .*: name data .* by --data$/],
  ["in --macs 0.5 --image 64", /^Cannot take images of this size from nowhere: --image is for --data/],
  ["in --macs 0.5 --shape x=1,4", /^Cannot give "x" the shape \[1, 4\]: the inputs are "input"$/],
  ["inspect in --shape x=1,4", /^Cannot give "x" the shape/],
  ["inspect in --shape input=1,2,3", /^Cannot give input "input" the shape .*: it is declared as \[N, 4\]$/],
  ["inspect in --shape input=0,4", /^Cannot read --shape input=0,4: .* sizes, from 1/],
  ["bench in --shape x=1,4", /^Cannot give "x" the shape/],
  ["bench in --runs 0", /^Cannot read --runs 0: expected a whole number from 1$/],
  ["compare in in --shape x=1,4", /^Cannot give "x" the shape/],
  ["compare in in --runs -1", /^Cannot read --runs -1: expected a whole number from 0$/],
  ["compare in in --batch 0", /^Cannot read --batch 0: expected a whole number from 1$/],
  ["finetune in x.onnx --data x.npz --rate -1", /^Cannot read --rate -1: expected a number above 0$/],
  ["finetune in x.onnx --data x.npz --rate 0", /^Cannot read --rate 0/],
  ["finetune in x.onnx --data x.npz --epochs 0", /^Cannot read --epochs 0: expected a whole number from 1$/],
  ["finetune in x.onnx --data x.npz --batch-size 0", /^Cannot read --batch-size 0/],
  ["finetune in x.onnx", /^Cannot train without data: name a folder with --data$/],
  ["sparsify in x.onnx --sparsity 2", /^Cannot read --sparsity 2: expected a number from 0, below 1$/],
  ["sparsify in x.onnx --sparsity 1", /^Cannot read --sparsity 1: expected a number from 0, below 1$/],
  ["sparsify in x.onnx --sparsity 100%", /^Cannot read --sparsity 100%/],
  ["help foo", /^Cannot help with "foo": the commands are prune, inspect/],
  [
    "convert in x.gguf",
    /^Cannot write x\.gguf from .*model\.onnx: only language models become \.gguf; expected/,
  ],
  [
    "convert in x.onnx --network cifar-resnet20",
    /model\.onnx with --network: it is for weights alone .*leave it/,
  ],
  ["compare in in --classes 10", /with --classes: it is for weights alone/],
  ["in in --macs 0.5", /^Cannot write .*model\.onnx: it is the file that is read, .*; name another file$/],
  ["sparsify in in --sparsity 0.5", /^Cannot write .*model\.onnx: it is the file that is read/],
  ["convert in in", /^Cannot write .*model\.onnx: it is the file that is read/],
  ["sparsify in x.onnx --pattern 4:2", /^Cannot read --pattern 4:2: expected n:m with n from 1 and below m/],
  ["quantize in x.onnx --bits 9", /^Cannot read --bits 9: expected a whole number from 2 to 8$/],
  ["quantize in x.onnx --group 0", /^Cannot read --group 0: expected a whole number from 1$/],
  ["convert x.pth x.onnx --network resnet50 --classes 0", /^Cannot read --classes 0/],
  ["convert x.gguf y.gguf --mix Q9", /^Cannot read --mix Q9: expected one of Q2_K, Q3_K_M/],
  ["meta-prune in x.onnx --metanetwork m.safetensors --macs 0", /^Cannot keep 0 of macs/],
];

Deno.test("it ends with 2 where what was typed cannot be meant, and says what there is", async () => {
  await withModel(async (path, folder) => {
    const refused: [string[], RegExp][] = [
      [[path, "--mac", "0.5"], /unknown option '--mac'\s*\(Did you mean --macs\?\)/],
      [[path], /^Cannot prune to no target: name one of --macs, --parameters, --bytes, --latency/],
      [[path, "--macs", "0.5", "--bytes", "0.5"], /^Cannot prune to 2 targets at once/],
      [
        [path, "--macs", "3 apples"],
        /^Cannot read --macs 3 apples: expected a part such as 0.5 or 50%, or an amount/,
      ],
      [[path, "--macs", "3ms"], /^Cannot read --macs 3ms/],
      [[path, `${folder}/out.pth`, "--macs", "0.5"], /out\.pth: this command writes \.onnx/],
      [["inspect"], /missing required argument 'in'/],
      [["inspct", path], /^Cannot do "inspct": it is no file, and the commands are prune, inspect/],
      [
        ["inspect", `${folder}/weights.pth`],
        /weights\.pth by itself: it holds weights and no graph; .*--network/,
      ],
      [
        ["inspect", folder],
        /^Cannot open .*: it is a folder without a config\.json; expected a file with a model/,
      ],
      [["sparsify", path, "x.onnx"], /^Cannot sparsify: name either --sparsity/],
      [["sparsify", path, "x.onnx", "--pattern", "2:4", "--scope", "layer"], /with --pattern and --scope/],
      [["convert", path, "x.pth", "--sparse"], /x\.pth with --sparse: it is for \.safetensors alone; leave/],
      [["convert", path, "x.onnx", "--sparse"], /x\.onnx with --sparse/],
      [["convert", path, "x.gguf", "--sparse"], /x\.gguf with --sparse/],
      [["convert", path, "x.onnx", "--mix", "F16"], /x\.onnx with --mix: it is for \.gguf alone/],
      [["convert", path, "x.safetensors", "--mix", "F16"], /x\.safetensors with --mix/],
      [["bench", path, "--batch", "abc"], /^Cannot read --batch abc: expected a whole number from 1/],
      [["bench", path, "--batch", "1,0"], /^Cannot read --batch 0: expected a whole number from 1/],
      [["bench", path, "--batch", "1.5"], /^Cannot read --batch 1\.5/],
      ...OUT_OF_BOUNDS.map(([line, expected]): [string[], RegExp] => [
        line.split(" ").map((word) => word === "in" ? path : word),
        expected,
      ]),
    ];
    for (const [args, expected] of refused) {
      const { code, out, err } = await typed(...args);
      assert.deepEqual([code, out], [2, ""], args.join(" "));
      assert.match(err, expected);
    }
  });
});

Deno.test("where a file could not be written, that is said before any work", async () => {
  await withModel(async (path, folder) => {
    const at = (name: string) => `${folder}/${name}`;
    await Deno.mkdir(at("folder.onnx"));
    await Deno.writeTextFile(at("broken.onnx"), "no model");
    // The model cannot be read, and there is no data: whoever begins to work says so instead.
    const commands: readonly string[][] = [
      ["prune", at("broken.onnx"), "<out>", "--macs", "0.5"],
      ["finetune", at("broken.onnx"), "<out>", "--data", at("missing.npz")],
      ["meta-prune", at("broken.onnx"), "<out>", "--metanetwork", at("missing.safetensors"), "--macs", "0.5"],
      ["quantize", at("broken.onnx"), "<out>"],
      ["sparsify", at("broken.onnx"), "<out>", "--sparsity", "0.5"],
      ["convert", at("broken.onnx"), "<out>"],
    ];
    const refused: readonly [string, number, RegExp][] = [
      ["tuned.foo", 2, /^Cannot write .*tuned\.foo: this command writes \.onnx/],
      ["folder.onnx", 1, /^Cannot write .*folder\.onnx: it is a folder; name a file/],
      [
        "missing/tuned.onnx",
        1,
        /^Cannot write .*missing\/tuned\.onnx: no such file or directory; name a file in a folder that can be/i,
      ],
      [
        "broken.onnx/tuned.onnx",
        1,
        /^Cannot write .*tuned\.onnx: not a directory; name a file in a folder that can be/i,
      ],
    ];
    for (const command of commands) {
      for (const [out, expected, sentence] of refused) {
        const { code, err } = await typed(...command.map((word) => word === "<out>" ? at(out) : word));
        assert.match(err, sentence, `${command[0]}: ${err}`);
        assert.equal(code, expected);
      }
    }
    const { code, err } = await typed(path, at("half.onnx"), "--macs", "0.5", "--weights", at("half.foo"));
    assert.deepEqual([code, /this command writes \.safetensors, \.pth or \.pt; name such/.test(err)], [
      2,
      true,
    ]);
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(left, ["broken.onnx", "folder.onnx", "model.onnx"]);
  });
});

Deno.test("amounts are parts of what the model takes now", async () => {
  await withModel(async (path) => {
    const json = async (...args: string[]) => JSON.parse((await typed(path, ...args, "--json")).out);
    const [half, percent, amount] = [
      await json("--macs", "0.5"),
      await json("--macs", "50%"),
      await json("--macs", "0.184k"), // of 4·16 + 16·16 + 16·3 = 368
    ];
    assert.equal(half.before.macs, 368);
    assert.ok(half.after.macs <= 184 && half.after.macs > 100);
    assert.deepEqual([percent.after.macs, amount.after.macs], [half.after.macs, half.after.macs]);
    assert.deepEqual(half.groups.map(({ name }: { name: string }) => name), ["0.weight", "2.weight"]);
    assert.match(
      (await typed(path, "--macs", "1k")).err,
      /^Cannot prune to 1k of macs: the model takes only 0\.368k already$/,
    );
  });
});

Deno.test("what cannot be kept is said in the unit that was typed", async () => {
  await withModel(async (path) => {
    const sentence = async (...args: string[]) => (await typed(path, ...args)).err;
    assert.match(
      await sentence("--macs", "0.005k"),
      /^Cannot keep only 0\.005k of macs: .* leaves 8; ask/,
    );
    assert.match(
      await sentence("--macs", "10G"),
      /^Cannot prune to 10G of macs: the model takes only 368 already$/,
    );
    assert.match(await sentence("--bytes", "300KB"), /takes only [\d.]+KB already$/);
    assert.match(await sentence("--parameters", "70K"), /takes only 0\.403K already$/);
    assert.match(
      await sentence("--bytes", "0.1kB"),
      /^Cannot keep only 0\.1kB of bytes: .* leaves 0?\.?[\d.]+kB; ask/,
    );
    const slow = await sentence("--latency", "0.0000001ms");
    assert.match(
      slow,
      /^Cannot keep only 0\.0000001ms of latency: .* measured at [\d.e-]+(ms)?; ask for more/m,
    );
  });
});

Deno.test("bytes are the size of the file, in the plan, in the table and on disk", async () => {
  await inFolder(async (folder) => {
    const g = new GraphBuilder("filled");
    const filled = (...dims: number[]) =>
      g.node("ConstantOfShape", [g.constant(int64(dims))], {
        value: { type: "tensor", value: float32([0.5]) },
      })[0]!;
    const hidden = g.relu(g.matMul(g.input("x", "float32", ["N", 40]), filled(40, 64)));
    g.output(g.matMul(hidden, filled(64, 30)), "y");
    const models = { plain: mlp({ sizes: [4, 16, 16, 3] }), filled: g.model() };
    for (const [name, model] of Object.entries(models)) {
      const [path, out] = [`${folder}/${name}.onnx`, `${folder}/${name}-small.onnx`];
      await saveModel(model, path);
      for (
        const target of [["--bytes", "0.8"], ["--macs", "0.5"], ["--bytes", "8kB"], ["--bytes", "1.4kB"]]
      ) {
        const { code, out: said, err } = await typed(path, out, ...target);
        if (code === 1) {
          assert.match(err, /^Cannot (keep only|prune to)/, `${name} ${target}`);
          continue;
        }
        const kept = Number(/([\d.]+) % of bytes/.exec(said)![1]);
        const [, before, after] = /^bytes +([\d,]+) +([\d,]+) /m.exec(said)!;
        const [all, left] = [before!, after!].map((text) => Number(text.replaceAll(",", "")));
        const { size } = await Deno.stat(out);
        assert.equal(left, size, `${name} ${target}`);
        assert.equal((100 * left! / all!).toFixed(1), kept.toFixed(1));
        if (target[1]!.endsWith("kB")) assert.ok(size <= 1000 * parseFloat(target[1]!));
        assert.equal(/^bytes count all weights as stored/m.test(said), name === "filled");
      }
    }
    // Smaller than what is asked for, as a file that computes its weights.
    assert.match(
      (await typed(`${folder}/filled.onnx`, "--bytes", "15kB")).err,
      /^Cannot prune to 15kB of bytes: the model takes only [\d.]+kB already$/,
    );
  });
});

Deno.test("flags may come before the command, and a part may be in percent", async () => {
  await withModel(async (path, folder) => {
    const { code, out, err } = await typed("--json", "inspect", path);
    assert.equal(code, 0, err);
    assert.equal(JSON.parse(out).macs, 368);
    assert.equal((await typed("--limit", "nodes=1000", "--json", "inspect", path)).code, 0);
    const [percent, part] = [`${folder}/a.onnx`, `${folder}/b.onnx`];
    assert.match((await typed("sparsify", path, percent, "--sparsity", "75%")).out, /^all +\d+ +\d+ +0\.75/m);
    await typed("sparsify", path, part, "--sparsity", "0.75");
    assert.deepEqual(await Deno.readFile(percent), await Deno.readFile(part));
  });
});

Deno.test("inspect says what is protected and why, and the least that is reachable", async () => {
  await withModel(async (path) => {
    const { code, out } = await typed("inspect", path);
    assert.equal(code, 0);
    assert.match(out, /^input input: float32 \[N, 4\]$/m);
    assert.match(out, /^all +6 +368 +403 /m);
    assert.match(out, /^ +4\.weight: 3 stay, "logits" is an output of the graph$/m);
    assert.match(out, /^2 groups of channels may lose some$/m);
    await saveModel(mlp({ sizes: [4, 16, 3] }), path);
    assert.match((await typed("inspect", path)).out, /^1 group of channels may lose some$/m);
    assert.match((await typed(path, "--macs", "0.5")).out, /of 16 channels in 1 group, widths/);
    await saveModel(mlp({ sizes: [4, 16, 16, 3] }), path);
    const data = JSON.parse((await typed("inspect", path, "--json")).out);
    assert.deepEqual(data.groups.map(({ channels }: { channels: number }) => channels), [16, 16]);
    assert.ok(data.reachable.macs < data.macs);
    // One unit in each hidden layer: 4·1 + 1·1 + 1·3.
    assert.equal(data.reachable.macs, 8);
  });
});

Deno.test("compare finds equal models equal, and pruned ones different", async () => {
  await withModel(async (path, folder) => {
    assert.match((await typed("compare", path, path, "--runs", "0")).out, /^logits: equal$/m);
    await typed(path, `${folder}/half.onnx`, "--macs", "0.5");
    const { out } = await typed("compare", path, `${folder}/half.onnx`, "--runs", "0", "--json");
    const { differences: [logits], latencies } = JSON.parse(out);
    assert.ok(logits.largest > 0 && logits.relative < 2);
    assert.deepEqual(latencies, []);
  });
});

Deno.test("compare takes models with other names in their order", async () => {
  await inFolder(async (folder) => {
    const build = (x: string, y: string) => {
      const g = new GraphBuilder();
      g.output(g.relu(g.input(x, "float32", ["N", 4])), y);
      return g.model();
    };
    await saveModel(build("x", "y"), `${folder}/a.onnx`);
    await saveModel(build("input", "output"), `${folder}/b.onnx`);
    const { out, err } = await typed("compare", `${folder}/a.onnx`, `${folder}/b.onnx`, "--runs", "0");
    assert.match(out, /^y: equal$/m, err);
  });
});

Deno.test("compare and bench leave out what is no tensor, and say so; texts are compared as texts", async () => {
  await inFolder(async (folder) => {
    const build = (words: string[]) => {
      const g = new GraphBuilder();
      g.output(g.relu(g.input("x", "float32", ["N", 4])), "y");
      g.output(g.constant(new Tensor("string", words, [2])), "label");
      const { graph } = g.model();
      // TypeProto { sequence_type { elem_type { tensor_type { elem_type: FLOAT } } } }
      const opaque = Uint8Array.of(0x22, 6, 0x0a, 4, 0x0a, 2, 8, 1);
      return g.model().withGraph({
        ...graph,
        values: new Map(graph.values).set("all", { opaque }),
        nodes: [...graph.nodes, { op: "SequenceConstruct", inputs: ["y"], outputs: ["all"], attributes: {} }],
        outputs: [...graph.outputs, "all"],
      });
    };
    const [a, b] = [`${folder}/a.onnx`, `${folder}/b.onnx`];
    await saveModel(build(["cat", "dog"]), a);
    await saveModel(build(["cat", "cow"]), b);
    const same = await typed("compare", a, a, "--runs", "1");
    assert.match(same.out, /^y: equal\nlabel: equal\nLeft out, no tensors: all$/m, same.err);
    assert.match((await typed("compare", a, b, "--runs", "0")).out, /^y: equal\nlabel: 1 text differs$/m);
    const timed = await typed("bench", a, "--runs", "1");
    assert.match(timed.out, /^Left out, no tensors: all$/m, timed.err);
  });
});

Deno.test("a size that is not known is asked for as it is typed", async () => {
  await inFolder(async (folder) => {
    const g = new GraphBuilder();
    const weight = g.parameter("weight", float32(new Float32Array(16), [4, 4]));
    g.output(g.matMul(g.input("x", "float32", ["N", "length", 4]), weight), "y");
    await saveModel(g.model(), `${folder}/open.onnx`);
    assert.match(
      (await typed("inspect", `${folder}/open.onnx`)).out,
      /give the shape of .* by --shape, as in --shape input=/,
    );
    const { out } = await typed("inspect", `${folder}/open.onnx`, "--shape", "x=1,5,4", "--json");
    assert.equal(JSON.parse(out).macs, 5 * 4 * 4);
  });
});

Deno.test("a limit is raised as the error says, for that line alone", async () => {
  await withModel(async (path) => {
    const before = { ...limits() };
    const { code, err } = await typed("inspect", path, "--limit", "nodes=2");
    assert.equal(code, 1);
    assert.match(
      err,
      /found more than 2 nodes, if it is meant, say --limit nodes=… with a larger number, at/,
    );
    assert.deepEqual(limits(), before);
    const more = ["--limit", "nodes=1e3", "--limit", "tensors=100"];
    assert.equal((await typed("inspect", path, ...more)).code, 0);
    assert.match(
      (await typed("inspect", path, ...more, "--limit", "tensors=1")).err,
      /say --limit tensors=…/,
    );
    for (const wrong of ["node=2", "nodes", "nodes=", "nodes=0", "nodes=many", "toString=1"]) {
      const refused = await typed("inspect", path, "--limit", wrong);
      assert.deepEqual([
        refused.code,
        refused.err.startsWith(`Cannot read --limit ${wrong}: expected one of`),
      ], [
        2,
        true,
      ]);
    }
    const { out } = await typed("inspect", "--help");
    assert.ok(Object.keys(before).every((name) => out.includes(name)), out);
  });
});

Deno.test("a sparse file is converted back to the model whose weights it masks", async () => {
  await withModel(async (path, folder) => {
    const at = (name: string) => `${folder}/${name}`;
    assert.equal((await typed("sparsify", path, at("sparse.safetensors"), "--sparsity", "0.75")).code, 0);
    assert.equal((await typed("convert", at("sparse.safetensors"), at("again.onnx"))).code, 0);
    const weights = (await loadModel(at("again.onnx"))).graph.initializers.get("2.weight") as Tensor;
    const zeros = (weights.data as Float32Array).filter((value) => value === 0).length;
    assert.equal(zeros, 192); // of 16·16
  });
});

Deno.test("quantize stores weights in their codes, and answers change little", async () => {
  await withModel(async (path, folder) => {
    for (const [bits, most] of [[8, 0.02], [4, 0.3]] as const) {
      const out = `${folder}/q${bits}.onnx`;
      const said = JSON.parse((await typed("quantize", path, out, "--bits", `${bits}`, "--json")).out);
      assert.ok(said.after < 0.6 * said.before, `${said.after} of ${said.before}`);
      assert.equal(Object.keys(said.stored).length, 3);
      const [before, after] = [await loadModel(path), await loadModel(out)];
      const x = float32(Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)), [3, 4]);
      const [input] = before.graph.inputs;
      const [a, b] = [await runModel(before, { [input!]: x }), await runModel(after, { [input!]: x })]
        .map((found) => [...Object.values(found)[0]!.data as Float32Array]) as [number[], number[]];
      const largest = Math.max(...a.map(Math.abs));
      assert.ok(a.every((value, i) => Math.abs(value - b[i]!) < most * largest));
      assert.ok(a.some((value, i) => value !== b[i]));
    }
  });
});

for (
  const [how, options] of [
    ["a byte a weight with a scale for each filter", ["--bits", "8"]],
    ["4 bits with a scale for every 16 weights", ["--bits", "4", "--group", "16"]],
  ] as const
) {
  Deno.test(`a model quantized to ${how} is pruned to half, and equals its mask`, async () => {
    await inFolder(async (folder) => {
      const [path, q, half] = ["model", "q", "half"].map((name) => `${folder}/${name}.onnx`) as [
        string,
        string,
        string,
      ];
      await saveModel(mlp({ sizes: [64, 256, 128, 10] }), path);
      assert.equal((await typed("quantize", path, q, ...options)).code, 0);
      const { code, err } = await typed(q, half, "--macs", "0.5");
      assert.equal(code, 0, err);
      const [model, smaller] = [await loadModel(q), await loadModel(half)];
      const [before, after] = [countMacs(model), countMacs(smaller)];
      assert.ok(after.macs <= 0.5 * before.macs && after.macs > 0.3 * before.macs);
      assert.ok(after.parameters < 0.6 * before.parameters);
      assert.ok(Deno.statSync(half).size < 0.65 * Deno.statSync(q).size);
      const plan = planPruning(model, { target: { macs: 0.5 } });
      const random = seededRandom(2, "rows");
      const input = float32(Array.from({ length: 8 * 64 }, () => random.normal()), [8, 64]);
      assert.ok(await checkPruned(model, smaller, plan, { inputs: { input } }) < 1e-5);
    });
  });
}

Deno.test("parameters in codes are counted where they are multiplied, and finetune says that it leaves them", async () => {
  await inFolder(async (folder) => {
    const at = (name: string) => `${folder}/${name}`;
    await saveModel(MODEL, at("model.onnx"));
    await typed("quantize", at("model.onnx"), at("q.onnx"));
    const compared = await typed("compare", at("model.onnx"), at("q.onnx"), "--runs", "0", "--json");
    const { before, after } = JSON.parse(compared.out);
    assert.equal(after.operators.Conv.parameters, before.operators.Conv.parameters);
    assert.equal(after.operators.Gemm.parameters, before.operators.Gemm.parameters);
    for (const { parameters, operators } of [before, after]) {
      const rows = Object.values(operators as Record<string, { parameters: number }>);
      assert.equal(rows.reduce((sum, row) => sum + row.parameters, 0), parameters);
    }
    await saveModel(mlp({ sizes: [64, 48, 32] }), at("mlp.onnx"));
    await typed("quantize", at("mlp.onnx"), at("mlp4.onnx"), "--bits", "4");
    const four = JSON.parse((await typed("inspect", at("mlp4.onnx"), "--json")).out);
    assert.equal(four.operators["com.microsoft:MatMulNBits"].parameters, 64 * 48 + 48 * 32);
    assert.equal(four.parameters, 64 * 48 + 48 + 48 * 32 + 32);
    const random = seededRandom(0, "images");
    const inputs = float32(Array.from({ length: 4 * 3072 }, () => random.normal()), [4, 3, 32, 32]);
    const arrays = { "inputs.npy": encodeNpy(inputs), "targets.npy": encodeNpy(int64([0, 1, 2, 3])) };
    await Deno.writeFile(at("data.npz"), zipSync(arrays));
    const line = ["--data", at("data.npz"), "--epochs", "1"];
    const { code, out, err } = await typed("finetune", at("q.onnx"), at("tuned.onnx"), ...line, "--json");
    assert.equal(code, 0, err);
    const { trained } = JSON.parse(out);
    // Scales and shifts of the norms, and the last layer's bias.
    assert.deepEqual(trained, { parameters: 344 + 10, of: before.parameters });
    assert.match(
      err,
      /^Trains 354 of 17,326 parameters: biases, norms .* weights in codes stay as they are/m,
    );
    assert.doesNotMatch((await typed("finetune", at("model.onnx"), at("tuned.onnx"), ...line)).err, /Trains/);
  });
});

Deno.test("finetune learns from arrays, and with --sparse leaves zeros alone", async () => {
  await withModel(async (path, folder) => {
    const at = (name: string) => `${folder}/${name}`;
    const random = seededRandom(0, "points");
    const inputs = float32(Array.from({ length: 400 }, () => random.uniform(-1, 1)), [100, 4]);
    const data = inputs.data as Float32Array;
    const targets = int64(
      Array.from({ length: 100 }, (_, i) => data[4 * i]! < -0.3 ? 0 : data[4 * i]! < 0.3 ? 1 : 2),
    );
    const arrays = { "inputs.npy": encodeNpy(inputs), "targets.npy": encodeNpy(targets) };
    await Deno.writeFile(at("data.npz"), zipSync(arrays));
    const dense = await typed("finetune", path, at("tuned.onnx"), "--data", at("data.npz"), "--sparse");
    assert.deepEqual([dense.code, /^Cannot keep the zeros of .*: none of its/.test(dense.err)], [1, true]);
    await typed("sparsify", path, at("sparse.onnx"), "--sparsity", "0.5");
    const settings = ["--data", at("data.npz"), "--epochs", "30", "--batch-size", "20", "--rate", "0.1"];
    const { code, out, err } = await typed(
      ...["finetune", at("sparse.onnx"), at("tuned.onnx"), "--sparse", "--json"],
      ...settings,
    );
    assert.equal(code, 0, err);
    const { before, after } = JSON.parse(out);
    assert.ok(after.accuracy > 0.9 && before.accuracy < 0.8, out);
    const zeros = async (name: string) => {
      const { data } = (await loadModel(at(name))).graph.initializers.get("2.weight") as Tensor;
      return (data as Float32Array).reduce<number[]>(
        (list, value, i) => value === 0 ? [...list, i] : list,
        [],
      );
    };
    assert.equal((await zeros("tuned.onnx")).length, 128); // of 16·16
    assert.deepEqual(await zeros("tuned.onnx"), await zeros("sparse.onnx"));
  });
});

Deno.test("--weights writes what PyTorch needs beside the pruned model", async () => {
  await withModel(async (path, folder) => {
    const weights = ["--macs", "0.5", "--weights", `${folder}/half.pth`];
    const wrote = `Wrote ${folder}/half.pth, and what was cut in ${folder}/half.json`;
    const alone = await typed(path, ...weights);
    assert.deepEqual([alone.code, alone.out.split("\n").at(-1)], [0, wrote]);
    assert.doesNotMatch(alone.out, /Nothing was written/);
    const { code, out } = await typed(path, `${folder}/half.onnx`, ...weights);
    assert.deepEqual([code, out.split("\n").slice(-2)], [0, [`Wrote ${folder}/half.onnx`, wrote]]);
    const json = JSON.parse((await typed(path, ...weights, "--json")).out);
    assert.deepEqual([json.out, json.weights, json.cuts], [
      undefined,
      `${folder}/half.pth`,
      `${folder}/half.json`,
    ]);
    assert.match((await typed(path, "--macs", "0.5")).out, /^Nothing was written: name a file/m);
    const { "2.weight": weight } = await loadCheckpoint(`${folder}/half.pth`);
    const { tensors } = JSON.parse(await Deno.readTextFile(`${folder}/half.json`));
    assert.deepEqual(tensors["2.weight"].shape, weight!.dims);
    const { dims } = (await loadModel(`${folder}/half.onnx`)).graph.initializers.get("2.weight")!;
    assert.deepEqual(weight!.dims, dims);
  });
});

Deno.test("help lists every command, and each has a page", async () => {
  const { code, out } = await typed();
  assert.equal(code, 0);
  for (const [name, { summary }] of Object.entries(COMMANDS)) {
    assert.match(out, new RegExp(`^  ${name} +${RegExp.escape(summary)}$`, "m"));
    const page = await typed("help", name);
    assert.equal(page.code, 0);
    assert.match(page.out, new RegExp(`^Usage: espalier ${name} `));
    assert.match(page.out, /^Examples:\n {2}# /m);
    assert.deepEqual(await typed(name, "--help"), page);
  }
  assert.deepEqual(await typed("--version"), { code: 0, out: "0.1.0", err: "" });
});

Deno.test("bash completes commands and their options", { ignore: Deno.build.os === "windows" }, async () => {
  const { out } = await typed("completions", "bash");
  const complete = async (words: string[]) => {
    const script = `${out}\nCOMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _espalier
      printf '%s\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await new Deno.Command("bash", { args: ["-c", script] }).output();
    return new TextDecoder().decode(stdout).trim().split("\n");
  };
  assert.deepEqual(await complete(["espalier", "qua"]), ["quantize"]);
  assert.deepEqual(await complete(["espalier", "quantize", "--b"]), ["--bits"]);
  assert.deepEqual(await complete(["espalier", "in.onnx", "--ma"]), ["--macs", "--max-pruned"]);
});

Deno.test("no control character of a stranger's file reaches the terminal, and JSON keeps names as they are", async () => {
  await inFolder(async (folder) => {
    const name = "a\x1b]0;x\x07\x9b2J\u202eb";
    const g = new GraphBuilder(name);
    const x = g.input(name, "float32", ["N", 4]);
    g.output(g.gemm(x, g.parameter(`${name}.w`, float32(new Float32Array(32), [4, 8]))), `${name}.y`);
    await saveModel(g.model(), `${folder}/strange.onnx`);
    // deno-lint-ignore no-control-regex
    const control = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/;
    for (const more of [[], ["--json"]]) {
      const { code, out, err } = await typed("inspect", `${folder}/strange.onnx`, ...more);
      assert.equal(code, 0, err);
      assert.doesNotMatch(out, control);
      if (more.length > 0) {
        assert.ok(JSON.stringify(JSON.parse(out)).includes(JSON.stringify(name).slice(1, -1)));
      }
    }
    const { err } = await typed("prune", `${folder}/${name}`, `${folder}/out.onnx`, "--macs", "0.5");
    assert.match(err, /^Cannot read .*a\\x1b/);
    assert.doesNotMatch(err, control);
  });
});
