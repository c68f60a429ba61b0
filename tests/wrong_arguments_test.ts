/** What nobody can mean is answered by a sentence of ours, never by one of the language's own. */
import assert from "node:assert/strict";
import * as espalier from "../mod.ts";
import { compress } from "../lib/compress/mod.ts";
import { quantizable } from "../lib/compress/quantizable.ts";
import { ctrModel, deepFm, prepareLog, supernetTable } from "../lib/ctr/mod.ts";
import { softThresholdTable } from "../lib/ctr/tables/soft_threshold_table.ts";
import { keepCorrect } from "../lib/distillation/mod.ts";
import { progressivePruning } from "../lib/metanet/mod.ts";
import { metaGraph } from "../lib/metagraph/mod.ts";
import { imageFolder, luma } from "../lib/superres/mod.ts";
import { inFolder } from "./in_folder.ts";

/** Words of the language's errors, which say nothing of what was expected. */
const LANGUAGE = new RegExp(
  "is not iterable|reading '|is not a function|null to object|Cannot destructure|in operator|is not a constructor|" +
    "Cannot convert undefined",
);

const WRONG: readonly unknown[] = [undefined, null, 3, "x", [], {}, () => 1];

/** Fetch data where none is there, or build large networks of nothing but defaults. */
const LONG = [
  ...["cifar10", "cifar100", "imagenet", "mnist", "fashionMnist"],
  ...["resnetCifar", "resnetImagenet", "vit", "vggBn", "proceduralImages"],
];

const functions = Object.entries(espalier).filter(([name, found]) =>
  typeof found === "function" && /^[a-z]/.test(name) && !LONG.includes(name)
) as unknown as [string, (...given: unknown[]) => unknown][];

Deno.test("no function of the front door answers wrong arguments in the language's words", () =>
  inFolder(async (folder) => {
    const model = espalier.mlp({ sizes: [4, 8, 2] });
    const said: string[] = [];
    const before = Deno.cwd();
    Deno.chdir(folder);
    try {
      for (const [name, call] of functions) {
        for (const given of WRONG) {
          for (const all of [[given], [model, given], [model, "logits", given]]) {
            try {
              await call(...all);
            } catch (error) {
              if (LANGUAGE.test(`${error}`)) said.push(`${name}(${all.map((one) => typeof one)}): ${error}`);
            }
          }
        }
      }
    } finally {
      Deno.chdir(before);
    }
    assert.ok(functions.length > 50, `${functions.length} functions`);
    assert.deepEqual(said, []);
  }));

Deno.test("what is forgotten is named, with how it is given", async () => {
  const model = espalier.mlp({ sizes: [4, 2] });
  const call = (name: keyof typeof espalier, ...given: unknown[]) =>
    Promise.resolve().then(() => (espalier[name] as (...given: unknown[]) => unknown)(...given));
  await assert.rejects(
    call("runModel", model),
    /^TypeError: Cannot run the model on nothing: expected .* \{ "input": float32\(numbers, \[1, 4\]\) \}; the model/,
  );
  await assert.rejects(
    call("gradients", model),
    /^TypeError: Cannot differentiate nothing: expected the name of/,
  );
  await assert.rejects(
    call("gradients", model, "logits"),
    /"logits" with respect to nothing: expected a list of names .*, as in gradients\(model, "loss", \["weight"\]\)$/,
  );
  await assert.rejects(
    call("gradients", model, "logits", "w"),
    /with respect to the text "w": expected a list/,
  );
  await assert.rejects(
    call("maskWeights", model),
    /^TypeError: Cannot call maskWeights with nothing as masks: exp/,
  );
  await assert.rejects(
    call("loadWeights", model),
    /^TypeError: Cannot load weights from nothing: expected tensors/,
  );
  await assert.rejects(call("measureLatency"), /^TypeError: Cannot use undefined as a model/);
});

Deno.test("a word that an option does not know is refused with those that it knows", async () => {
  const model = espalier.mlp({ sizes: [4, 8, 2] });
  const grey = { width: 1, height: 1, channels: 1 as const, data: new Uint8Array(1) };
  const calls: Readonly<Record<string, (word: never) => unknown>> = {
    keep: (keep) => keepCorrect([], { keep }),
    grey: (grey_) => luma(grey, { grey: grey_ }),
    space: (space) => imageFolder("nowhere", { scale: 2, space }),
    firstOrder: (firstOrder) => ctrModel(deepFm({ hidden: [] }), { fields: [], features: 2, firstOrder }),
    mode: (mode) => supernetTable({ mode }),
    scope: (scope) => softThresholdTable({ scope }),
    split: (split) => prepareLog(["nowhere"], { name: "mine" } as never, { folder: "nowhere", split }),
    layout: (layout) => metaGraph(model, { layout }),
    pixels: (pixels) => espalier.cifar10({ pixels }),
    per: (per) => quantizable(model, { per }),
    order: (order) => compress(model, { method: "magnitude", sparsity: 0.5, order }),
    normalizer: (normalizer) => progressivePruning(model, { normalizer }).next(),
  };
  for (const [option, call] of Object.entries(calls)) {
    await assert.rejects(
      Promise.resolve().then(() => call("another" as never)),
      new RegExp(`^RangeError: Cannot .* with ${option} "another": expected ".*" or ".*"$`),
      option,
    );
  }
});
