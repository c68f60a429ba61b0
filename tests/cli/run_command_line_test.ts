import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { float32 } from "../../lib/tensor/tensor.ts";
import { inFolder } from "../in_folder.ts";
import { espalier } from "./espalier.ts";
import { typed, withModel } from "./typed.ts";

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
  ["in --macs 0.5 --criterion taylor", /^Cannot rank channels by "taylor" .*: name data by --data$/],
  ["in --macs 0.5 --criterion wanda", /^Cannot rank channels by "wanda" .*: name data by --data$/],
  [
    "in --macs 0.5 --loss squared-error",
    /^Cannot use --loss here: only --criterion taylor looks at it; name that, or leave --loss out$/,
  ],
  ["in --macs 0.5 --criterion wanda --data x.npz --loss squared-error", /^Cannot use --loss here: only/],
  ["in --macs 0.5 --criterion l1 --seed 1", /^Cannot use --seed here: only --criterion random looks at it/],
  ["in --macs 0.5 --data x.npz", /^Cannot use --data here: only --criterion taylor or wanda looks at it/],
  [
    "in --macs 0.5 --criterion taylor --data x.npz --image 64",
    /^Cannot take images of this size from x\.npz, .*: --image is for a folder; leave it out$/,
  ],
  ["finetune in x.onnx --data x.npz --image 64", /^Cannot take images of this size from x\.npz/],
  [
    "meta-prune in x.onnx --metanetwork m.safetensors --macs 0.5 --epochs 3",
    /^Cannot train without data: --epochs is for the training on --data; name some, or leave --epochs out$/,
  ],
  ["in --macs 0.5 --loss l3", /^Cannot read --loss l3: expected one of cross-entropy, binary-cross-entropy/],
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
  ["finetune in x.onnx", /^Cannot train without data: name a folder of images or an \.npz with --data$/],
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
  [
    "in --macs 0.5 --kinds channels,words",
    /^Cannot read --kinds words: expected one of channels, blocks, experts, voc/,
  ],
  [
    "inspect in in",
    /too many arguments for 'inspect'\. Expected 1 argument but got 2: .*model\.onnx; `espalier --help`/,
  ],
  // Settings are looked at before a model is read, which is not there.
  ["inspect missing.onnx --shape x=0", /^Cannot read --shape x=0: expected an input and its sizes/],
  [
    "bench missing.onnx --shape x=1 --shape x=2",
    /^Cannot read --shape x=2: the sizes of "x" were given before/,
  ],
  ["convert missing.pth x.onnx --network resnet7", /^Cannot build --network resnet7: expected one of/],
  ["compare missing.onnx missing.pth --network resnet7", /^Cannot build --network resnet7: expected one of/],
  ["inspect missing.pth --network resnet18 --classes 0", /^Cannot read --classes 0/],
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
