import { deepEqual, equal } from "node:assert/strict";
import { decodeCheckpoint } from "../../lib/formats/load_checkpoint.ts";
import { decodeNpz } from "../../lib/formats/npz.ts";
import { numbersOf } from "../../lib/tensor/tensor.ts";
import { expectedElements, fixture } from "./fixtures.ts";

for (const file of ["arrays.npz", "arrays_compressed.npz"]) {
  Deno.test(`${file}: every type and order as numpy wrote it`, () => {
    const arrays = decodeNpz(fixture(file));
    for (const [name, array] of Object.entries(arrays)) {
      if (name === "scalar") deepEqual([array.dims, numbersOf(array)], [[], [3.5]]);
      else deepEqual(numbersOf(array), expectedElements(array.type, array.size), name);
    }
    deepEqual(
      [arrays.big_fortran!.type, arrays.big_fortran!.dims, arrays.empty!.dims],
      ["float64", [2, 3, 4], [0, 4]],
    );
    equal(Object.keys(arrays).length, 17);
    deepEqual(Object.keys(decodeCheckpoint(fixture(file))), Object.keys(arrays));
  });
}
