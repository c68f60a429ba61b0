import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { Tensor } from "../../lib/tensor/tensor.ts";
import { leftOut } from "../../lib/formats/left_out.ts";
import { decodeCheckpoint, loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { weightsWithin } from "../../lib/formats/pytorch/weights_within.ts";
import { dataFile } from "../data.ts";
import { fixture } from "./fixtures.ts";

const one = (value: number) => new Tensor("float32", Float32Array.of(value), [1]);

/** A tree of dictionaries, as a pickle gives it, from nested records of numbers. */
function tree(value: unknown): unknown {
  if (typeof value === "number") return one(value);
  if (Array.isArray(value)) return value.map(tree);
  return new Map(Object.entries(value as object).map(([key, item]) => [key, tree(item)]));
}

function found(root: unknown, key?: string): [Record<string, number>, string[]] {
  const { tensors, reasons } = weightsWithin(root, key, "a.pth");
  return [
    Object.fromEntries([...tensors].map(([name, { data }]) => [name, (data as Float32Array)[0]!])),
    [...reasons.keys()],
  ];
}

Deno.test("weights beside others are taken alone, what lies beside them is named, and a key reaches it", () => {
  const weights = { "fc.weight": 1, "fc.bias": 2 };
  const averages = { "fc.weight": 3, "fc.bias": 4 };
  for (
    const [plain, average] of [
      ["params", "params_ema"],
      ["state_dict", "state_dict_ema"],
      ["model", "model_ema"],
      ["model", "ema"],
      ["net", "shadow"],
    ] as const
  ) {
    const root = tree({ [average]: averages, [plain]: weights });
    deepEqual(found(root), [weights, [average]]);
    deepEqual(found(root, average), [averages, []]);
    deepEqual(found(root, plain), [weights, []]);
  }
  for (const only of ["params_ema", "ema", "state_dict_ema", "model_ema", "ema_state_dict"]) {
    deepEqual(found(tree({ [only]: averages, step: 5 })), [averages, ["step"]]);
  }
});

Deno.test("a likely key with no tensors under it is passed over", () => {
  const root = new Map<string, unknown>([
    ["model", new Map([["name", "EDSR"]])],
    ["state_dict", new Map()],
    ["params_ema", tree({ w: 1 })],
    ["optimizer", tree({ m: 2 })],
  ]);
  deepEqual(found(root), [{ w: 1 }, ["optimizer"]]);
  root.delete("params_ema");
  deepEqual(found(root)[0], { "optimizer.m": 2 });
});

Deno.test("keys reach through several levels, dots within keys, prefixes and lists", () => {
  const root = tree({
    model: { module: { "fc.weight": 1 } },
    ema: { module: { "fc.weight": 2 }, decay: 3 },
    "state.of.training": { moments: [4, 5] },
    "model_ema.fc.weight": 6,
  });
  deepEqual(found(root)[0], { "module.fc.weight": 1 });
  deepEqual(found(root, "ema.module"), [{ "fc.weight": 2 }, []]);
  deepEqual(found(root, "ema")[0], { "module.fc.weight": 2, decay: 3 });
  deepEqual(found(root, "state.of.training.moments")[0], { 0: 4, 1: 5 });
  deepEqual(found(root, "model_ema")[0], { "fc.weight": 6 });
  deepEqual(found(root, "ema.decay")[0], { decay: 3 });
  deepEqual(found(tree({ state_dict: { "model.a": 1, "model_ema.a": 2 } }), "state_dict.model_ema")[0], {
    a: 2,
  });
  equal(Object.keys(found(root, "")[0]).length, 6);
});

Deno.test("two keys of one dictionary both have its tensors", () => {
  const shared = tree({ w: 1 });
  const root = new Map([["params", shared], ["params_ema", shared]]);
  deepEqual(found(root, "params_ema")[0], { w: 1 });
  deepEqual(found(root, "")[0], { "params.w": 1, "params_ema.w": 1 });
});

Deno.test("a key under which there is nothing is an error that names those there are", async () => {
  const root = tree({ params: { w: 1 }, params_ema: { w: 2 }, epoch: {} });
  throws(() => found(root, "parmas"), {
    name: "TypeError",
    message:
      'Cannot read "parmas" of a.pth: expected a key with tensors under it, such as "params", "params_ema"',
  });
  throws(() => found(root, "epoch"), { name: "TypeError" });
  await rejects(loadCheckpoint(fixture("checkpoint.pth"), { key: 3 as unknown as string }), {
    name: "TypeError",
    message: /expected its key as text, found a number/,
  });
});

Deno.test("a real training checkpoint: optimiser state is named, and reached", () => {
  const weights = decodeCheckpoint(fixture("checkpoint.pth"));
  deepEqual(Object.keys(leftOut(weights)), ["optimizer"]);
  throws(() => weights.optimizer, { name: "TypeError", message: /read with the option key: "optimizer"/ });
  const state = decodeCheckpoint(fixture("checkpoint.pth"), "c.pth", { key: "optimizer.state.0" });
  ok(["step", "exp_avg", "exp_avg_sq"].every((name) => name in state));
});

Deno.test("a key takes a part of a safetensors file by its prefix", () => {
  const file = encodeSafetensors({ "encoder.w": one(1), "encoders.w": one(2), "decoder.w": one(3) });
  const tensors = decodeCheckpoint(file, "a.safetensors", { key: "encoder" });
  deepEqual(Object.keys(tensors), ["w"]);
  deepEqual(Array.from(tensors.w!.data as Float32Array), [1]);
});

const jit = dataFile("../cases/files/jit.pt");
Deno.test({
  name: "files of other programs that failed say what they are",
  ignore: !jit,
  async fn() {
    await rejects(loadCheckpoint(jit!), /jit\.pt: it is a TorchScript archive/);
    await rejects(loadCheckpoint(jit!.replace("jit.pt", "legacy_bigint_key.th")), {
      name: "SyntaxError",
      message: /the storage 9007199254740992 is listed, but not used once/,
    });
    await rejects(loadCheckpoint(jit!.replace("files/jit.pt", "faults/pickle_bomb.pth")), {
      name: "SyntaxError",
      message: /more than 2000000 instructions/,
    });
  },
});
