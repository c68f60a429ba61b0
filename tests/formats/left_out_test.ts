import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { zipSync } from "npm:fflate@0.8.3";
import { leftOut } from "../../lib/formats/left_out.ts";
import { decodeCheckpoint, loadCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { decodeNpz } from "../../lib/formats/npz.ts";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { loadWeights } from "../../lib/nn/load_weights.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { expectedElements, fixture } from "./fixtures.ts";

/** What PyTorch saved that no array holds, and a word of the reason. */
const ODD: Record<string, RegExp> = {
  float8_e4m3fn: /float8_e4m3fn \[2, 2\]/,
  float8_e5m2: /float8_e5m2/,
  float8_e4m3fnuz: /float8_e4m3fnuz/,
  float8_e5m2fnuz: /float8_e5m2fnuz/,
  float8_e8m0fnu: /float8_e8m0fnu/,
  complex64: /complex64 \[3\]/,
  complex128: /complex128/,
  conjugate: /complex64/,
  qint8: /quantised tensor \(qint8\).*dequantize/,
  quint8: /quint8/,
  qint32: /qint32/,
  by_channel: /quantised tensor \(qint8\)/,
  sparse: /sparse tensor.*to_dense/,
  compressed: /sparse tensor/,
  meta: /meta tensor \[4, 5\], which has no numbers/,
  array: /numpy array.*from_numpy/,
  texts: /numpy array/,
  small: /numpy scalar of type i2/,
};

for (const file of ["odd.pth", "odd_legacy.pth"]) {
  Deno.test(`${file}: what can be read is read, what cannot is named, and an error where it is asked for`, () => {
    const tensors = decodeCheckpoint(fixture(file), file);
    deepEqual(Object.keys(tensors), ["first", "parameter", "last"]);
    for (const name of Object.keys(tensors)) {
      deepEqual(numbersOf(tensors[name]!), expectedElements("float32", tensors[name]!.size), name);
    }
    const reasons = leftOut(tensors);
    deepEqual(Object.keys(reasons).toSorted(), Object.keys(ODD).toSorted());
    for (const [name, reason] of Object.entries(ODD)) {
      ok(reason.test(reasons[name]!), `${name}: ${reasons[name]}`);
      throws(() => tensors[name], {
        name: "TypeError",
        message: `Cannot read "${name}" of ${file}: ${reasons[name]}`,
      });
    }
    deepEqual(leftOut({ ...tensors }), reasons, "a copy says it too");
    equal(tensors.nowhere, undefined);
  });
}

Deno.test("safetensors and npz with types that no array holds: the others are read", () => {
  const { tensors } = decodeSafetensors(fixture("odd.safetensors"), "odd.safetensors");
  deepEqual([Object.keys(tensors), numbersOf(tensors.whole!)], [["whole"], [1, 1]]);
  deepEqual(Object.keys(leftOut(tensors)).toSorted(), ["f8", "pairs"]);
  throws(() => tensors.f8, {
    name: "TypeError",
    message: /Cannot read "f8" of odd.safetensors: its type "F8_E4M3"/,
  });

  const arrays = decodeNpz(fixture("odd.npz"), "odd.npz");
  deepEqual([Object.keys(arrays), arrays.number!.dims], [["number"], [2, 2]]);
  deepEqual(Object.keys(leftOut(arrays)).toSorted(), ["anything", "day", "pairs", "record", "text"]);
  throws(() => arrays.text, { name: "TypeError", message: /"text" of odd.npz: .*'<U2'/ });

  for (const file of ["odd.safetensors", "odd.npz"]) {
    const [there] = Object.keys(decodeCheckpoint(fixture(file)));
    deepEqual(Object.keys(leftOut(decodeCheckpoint(fixture(file)))).includes(there!), false);
    equal(Object.keys(leftOut(decodeCheckpoint(fixture(file)))).length, file === "odd.npz" ? 5 : 2);
  }
  const noted = zipSync({ "a.npy": fixture("version1.npy"), "notes.txt": Uint8Array.of(65) });
  deepEqual(Object.keys(decodeCheckpoint(noted)), ["a"]);
  deepEqual(
    leftOut(decodeCheckpoint(noted)),
    Object.assign(Object.create(null), { "notes.txt": "it is no .npy entry" }),
  );
});

Deno.test("a file in which nothing can be read is an error that says what is in it", () => {
  throws(() => decodeCheckpoint(fixture("objects.npy"), "a.npy"), { name: "SyntaxError" });
  const objects = zipSync({ "a.npy": fixture("objects.npy") });
  throws(() => decodeCheckpoint(objects, "a.npz"), {
    name: "SyntaxError",
    message: /a\.npz: expected arrays of numbers, found none; of "a", .*'\|O'/,
  });
});

Deno.test("a model that wants what was left out says why it is not there", () => {
  const model = mlp({ sizes: [2, 3] });
  const tensors = { "0.bias": model.graph.initializers.get("0.bias") as Tensor };
  const header = { "0.weight": { dtype: "F8_E4M3", shape: [3, 2], data_offsets: [12, 18] } };
  const file = withEntry(encodeSafetensors(tensors), header);
  throws(() => loadWeights(model, decodeCheckpoint(file)), {
    name: "TypeError",
    message: /1 left out of what was read: 0\.weight, of which its type "F8_E4M3"/,
  });
});

/** A safetensors file with one more entry, of six bytes, at its end. */
function withEntry(file: Uint8Array, entry: object): Uint8Array {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = { ...JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))), ...entry };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(8 + json.length);
  new DataView(start.buffer).setBigUint64(0, BigInt(json.length), true);
  start.set(json, 8);
  return Uint8Array.from([...start, ...file.subarray(8 + length), ...new Uint8Array(6)]);
}

for (const file of ["negative.pth", "negative_legacy.pth"]) {
  Deno.test(`${file}: PyTorch's negative bit changes the sign, of every type and of slices`, () => {
    const tensors = decodeCheckpoint(fixture(file));
    const values = decodeNpz(fixture("negative_values.npz"));
    deepEqual(Object.keys(tensors).toSorted(), Object.keys(values).toSorted());
    for (const [name, expected] of Object.entries(values)) {
      deepEqual(numbersOf(tensors[name]!), numbersOf(expected), name);
    }
  });
}

Deno.test("a tensor that safetensors' metadata gives another name has both", () => {
  const tensors = decodeCheckpoint(fixture("shared.safetensors"));
  deepEqual(Object.keys(tensors).toSorted(), ["emb.weight", "head.weight"]);
  equal(tensors["head.weight"], tensors["emb.weight"]);
  const one = { pt: new Tensor("float32", Float32Array.of(1), [1]) };
  const metadata = { format: "pt", note: "pt is one", other: "none" };
  deepEqual(Object.keys(decodeCheckpoint(encodeSafetensors(one, { metadata }))), ["pt"]);
});

Deno.test("names that JavaScript objects inherit are names like others", () => {
  const names = ["__proto__", "constructor", "valueOf", "toString", "hasOwnProperty"];
  const one = new Tensor("float32", Float32Array.of(1), [1]);
  const tensors = decodeCheckpoint(encodeSafetensors(Object.fromEntries(names.map((name) => [name, one]))));
  deepEqual(Object.keys(tensors).toSorted(), names.toSorted());
  for (const name of names) ok(tensors[name] instanceof Tensor, name);
  const without = decodeCheckpoint(encodeSafetensors({ w: one }));
  for (const name of names) equal(without[name], undefined);
});

const cases = dataFile("../cases/files/f8.pth")?.replace("f8.pth", "");
Deno.test({
  name: "small files that failed give what PyTorch and safetensors give",
  ignore: !cases,
  async fn() {
    const { w } = await loadCheckpoint(`${cases}neg.pth`);
    equal((w!.data as Float32Array)[0]!.toFixed(7), "-1.5409961");
    const f8 = await loadCheckpoint(`${cases}f8.pth`);
    deepEqual([Object.keys(f8), Object.keys(leftOut(f8))], [["w"], ["q"]]);
    deepEqual(Object.keys(await loadCheckpoint(`${cases}tied.safetensors`)), ["emb.weight", "head.weight"]);
    const ema = await loadCheckpoint(`${cases}ema.pth`, { key: "params_ema" });
    const plain = await loadCheckpoint(`${cases}ema.pth`);
    for (const name of Object.keys(plain)) {
      deepEqual(numbersOf(plain[name]!), numbersOf(ema[name]!).map((x) => Math.fround(2 * x)), name);
    }
  },
});
