import { ok } from "node:assert/strict";
import { seal } from "../../lib/files/checksum.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { sizeOf, type Tensor } from "../../lib/tensor/tensor.ts";
import { masksByMagnitude, maskWeights } from "../../lib/sparse/masks.ts";
import { decodeSparse, type SparseModel } from "../../lib/sparse/pack/load_sparse.ts";
import { encodeSparse } from "../../lib/sparse/pack/save_sparse.ts";
import type { PackingName } from "../../lib/sparse/pack/table.ts";
import { mutations } from "./mutate.ts";

const MUTATIONS = 600;

function seedOf(packing: PackingName): Uint8Array {
  const model = mlp({ sizes: [8, 16, 4] });
  const layers = ["0.weight", "2.weight"].map((name) => {
    const { dims, data } = model.graph.initializers.get(name) as Tensor;
    return { name, dims, weights: data as Float32Array };
  });
  const masks = masksByMagnitude(layers, { pattern: { n: 1, m: 4 } });
  return encodeSparse(maskWeights(model, masks), { masks, packing });
}

/** The checksum made right again, so that damage to the parts gets past it. */
function resealed(bytes: Uint8Array): Uint8Array {
  const file = bytes.slice();
  seal(file, file.length);
  return file;
}

function checkWhole({ model, masks }: SparseModel): void {
  let numbers = 0;
  for (const tensor of model.graph.initializers.values()) {
    const length = "data" in tensor ? tensor.data.length : tensor.bytes.length;
    ok("bytes" in tensor || length === sizeOf(tensor.dims));
    numbers += length;
  }
  ok(numbers < 2 ** 22, `${numbers} numbers from a small file`);
  for (const { dims, bits } of Object.values(masks)) ok(bits.length === Math.ceil(sizeOf(dims) / 8));
}

for (const packing of ["bitmap", "csr", "nm", "rice"] as const) {
  for (const right of [false, true]) {
    Deno.test(`fuzz ${packing} file${right ? " with right checksums" : ""}: a clear error or a whole model`, () => {
      const seed = seedOf(packing);
      checkWhole(decodeSparse(seed));
      let errors = 0;
      for (const { what, bytes } of mutations(seed, MUTATIONS, right ? 1 : 2)) {
        let file = bytes;
        if (right) file = resealed(bytes);
        try {
          checkWhole(decodeSparse(file, "fuzzed file"));
        } catch (error) {
          errors++;
          ok(
            error instanceof SyntaxError && /^Cannot read fuzzed file/.test(error.message),
            `${what}: ${error}`,
          );
        }
      }
      ok(errors > MUTATIONS / 20, `only ${errors} of ${MUTATIONS} mutations were noticed`);
    });
  }
}

Deno.test("a flipped bit anywhere in the tensors is noticed", () => {
  const seed = seedOf("rice");
  const header = 8 + Number(new DataView(seed.buffer).getBigUint64(0, true));
  for (let at = header; at < seed.length; at++) {
    const damaged = seed.slice();
    damaged[at]! ^= 1 << (at % 8);
    try {
      decodeSparse(damaged, "fuzzed file");
    } catch (error) {
      ok(error instanceof SyntaxError && /^Cannot read fuzzed file/.test(error.message), `${error}`);
      continue;
    }
    ok(false, `a flipped bit at ${at} went unseen`);
  }
});
