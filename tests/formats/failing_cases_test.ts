import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { leftOut } from "../../lib/formats/left_out.ts";
import { loadModel } from "../../lib/io/load_model.ts";
import { loadMetanetwork } from "../../lib/metanet/metanetwork_file.ts";
import { countMacs } from "../../lib/onnx/count_macs.ts";
import { planPruning } from "../../lib/prune/plan.ts";
import { caseFile } from "../data.ts";

/** A test of a file that once was read wrongly, or not at all; ignored where the folder of cases is not there. */
function readingCase(path: string, what: string, test: (path: string) => Promise<void>): void {
  const found = caseFile(path);
  Deno.test(`${path.split("/").at(-1)}: ${what}`, { ignore: !found }, () => test(found!));
}

const numbers = (tensor: { data: unknown } | undefined) => Array.from(tensor!.data as Float32Array);

readingCase("files/neg.pth", "PyTorch's negative bit turns the sign", async (path) => {
  const { w } = await loadCheckpoint(path);
  equal(numbers(w)[0], Math.fround(-1.5409961));
});

readingCase("files/ema.pth", "params and their averages can both be reached", async (path) => {
  const own = await loadCheckpoint(path, { key: "params" });
  const averaged = await loadCheckpoint(path, { key: "params_ema" });
  deepEqual(Object.keys(own), Object.keys(averaged));
  for (const name of Object.keys(own)) {
    deepEqual(numbers(own[name]), numbers(averaged[name]).map((value) => Math.fround(2 * value)), name);
  }
});

readingCase("files/tied.safetensors", "an alias of the metadata is there by both names", async (path) => {
  const tensors = await loadCheckpoint(path);
  deepEqual(Object.keys(tensors).sort(), ["emb.weight", "head.weight"]);
  deepEqual(numbers(tensors["head.weight"]), numbers(tensors["emb.weight"]));
});

readingCase("files/f8.pth", "what is no float8 can be had, and what is left out is named", async (path) => {
  const tensors = await loadCheckpoint(path);
  equal(numbers(tensors.w)[0], Math.fround(1.5409961));
  ok(Object.keys(leftOut(tensors)).length > 0);
});

readingCase("files/jit.pt", "TorchScript is named, and what to do", async (path) => {
  await rejects(loadCheckpoint(path), /^SyntaxError: .*it is a TorchScript archive.*torch\.save/);
});

readingCase("files/legacy_bigint_key.th", "a key that is a long integer is a sentence", async (path) => {
  await rejects(loadCheckpoint(path), /^SyntaxError: Cannot read .*: the storage \d+ is listed/);
});

readingCase("faults/pickle_bomb.pth", "a list that repeats itself ends at a limit", async (path) => {
  await rejects(loadCheckpoint(path), /^SyntaxError: Cannot read .*: the pickle asks for more than \d+/);
});

readingCase(
  "faults/metanetwork_layers_300000.safetensors",
  "ends at the first weight that lacks",
  async (path) => {
    await rejects(loadMetanetwork(path), /^TypeError: .*expected "metanetwork\..*found nothing/);
  },
);

readingCase("faults/conv_pads_2e62.onnx", "sizes that no machine holds are refused by name", async (path) => {
  const model = await loadModel(path);
  const [input] = model.graph.inputs.filter((name) => !model.graph.initializers.has(name));
  const large = { inputShapes: { [input!]: [1, 3, 2 ** 30, 2 ** 30] } };
  const uses = [
    () => countMacs(model),
    () => countMacs(model, large),
    () => planPruning(model, { target: { macs: 0.5 } }),
    () => planPruning(model, { target: { macs: 0.5 }, ...large }),
  ];
  for (const use of uses) {
    let said = "";
    try {
      use();
    } catch (error) {
      said = String(error);
    }
    match(said, /^TypeError: Cannot infer the shape of .* has more elements than any machine holds/);
  }
});
