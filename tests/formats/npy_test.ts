import { deepEqual, throws } from "node:assert/strict";
import { decodeNpy, encodeNpy } from "../../lib/formats/npy.ts";
import { decodeNpz } from "../../lib/formats/npz.ts";
import { numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { dataFile } from "../data.ts";
import { expectedElements, fixture } from "./fixtures.ts";

Deno.test("npy: versions 1 to 3", () => {
  for (const version of [1, 2, 3]) {
    const array = decodeNpy(fixture(`version${version}.npy`));
    deepEqual([array.dims, numbersOf(array)], [[2, 3, 4], expectedElements("float32", 24)]);
  }
});

Deno.test("npy: writing gives numpy's own bytes", () => {
  const data = Float32Array.from(expectedElements("float32", 24));
  deepEqual(encodeNpy(new Tensor("float32", data, [2, 3, 4])), fixture("version1.npy"));
});

Deno.test("npy: what was written is read, for every type and rank", () => {
  for (const [name, array] of Object.entries(decodeNpz(fixture("arrays.npz")))) {
    deepEqual(decodeNpy(encodeNpy(array)), array, name);
  }
});

Deno.test("npy: objects and records are errors that say so", () => {
  throws(() => decodeNpy(fixture("objects.npy"), "objects.npy"), {
    name: "SyntaxError",
    message: /objects\.npy.*element type/,
  });
  throws(() => decodeNpy(fixture("records.npy"), "records.npy"), {
    name: "SyntaxError",
    message: /records\.npy: expected an element type of f4, .*found \[\('a', '<f4'\)/,
  });
  throws(() => encodeNpy(new Tensor("string", ["a"], [1])), { name: "TypeError", message: /type string/ });
});

Deno.test("npy: a header of spaces is refused, not tried in all ways to cut it", () => {
  const spaces = " ".repeat(3_200);
  for (const comma of ["", ",", " , "]) {
    const item = `'descr':True${spaces}${comma}`;
    throws(() => decodeNpy(withHeader(`{${item.repeat(3)}x`)), {
      name: "SyntaxError",
      message: /expected 'descr', 'fortran_order' and 'shape'/,
    });
  }
});

/** An npy file without elements, of version 1. */
function withHeader(header: string): Uint8Array {
  const prefix = [...fixture("version1.npy").subarray(0, 8), header.length & 0xff, header.length >> 8];
  return Uint8Array.from([...prefix, ...new TextEncoder().encode(header)]);
}

const logits = dataFile("resnet/reference/resnet20-12fca82f.logits.test_exact_first64.npy");
Deno.test({
  name: "npy: real files",
  ignore: !logits,
  async fn() {
    const array = decodeNpy(await Deno.readFile(logits!), logits);
    deepEqual([array.type, array.dims], ["float32", [64, 10]]);
  },
});

Deno.test("npy: blanks in a header are passed over, however many, and what is wrong behind them is told", () => {
  const file = (header: string) => {
    const text = new TextEncoder().encode(header);
    const [low, high] = [text.length & 255, text.length >> 8];
    return Uint8Array.from([
      0x93,
      ...new TextEncoder().encode("NUMPY"),
      1,
      0,
      low,
      high,
      ...text,
      0,
      0,
      128,
      63,
    ]);
  };
  const blanks = " ".repeat(2400);
  const items = (...between: string[]) =>
    `{${between[0]}'descr': '<f4'${between[1]}'fortran_order': False${between[2]}'shape': ()${between[3]}`;
  const spread = items(blanks, `${blanks},`, `,${blanks}`, `,${blanks}}`);
  deepEqual(numbersOf(decodeNpy(file(spread))), [1]);
  throws(() => decodeNpy(file(items("", blanks, blanks, `${blanks}x`))), /of plain numbers in the header/);
});
