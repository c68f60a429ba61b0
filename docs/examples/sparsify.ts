/** Nine of ten weights become zero while a network trains, and the file is small. */
import { fit, floats, issP, loadSparse, mlp, saveSparse, sparsityOf, Tensor } from "../../mod.ts";

const inputs = new Tensor("float32", Float32Array.from({ length: 512 }, (_, i) => Math.cos(i * i)), [256, 2]);
const labels = BigInt64Array.from({ length: 256 }, (_, i) => {
  const [x, y] = floats(inputs).subarray(2 * i, 2 * i + 2);
  return BigInt(x! * y! > 0);
});
const data = { inputs, targets: new Tensor("int64", labels, [256]) };

const { model, masks } = await fit(mlp({ sizes: [2, 64, 64, 2] }), data, {
  epochs: 40,
  batchSize: 32,
  sparsify: issP({ sparsity: 0.9 }),
});
await saveSparse(model, "small.safetensors", { masks: masks! });
const again = await loadSparse("small.safetensors");
console.log(`${(100 * sparsityOf(again.model, again.masks).ofMasked).toFixed(1)} % of the weights are zero`);
console.log(`${(await Deno.stat("small.safetensors")).size} bytes, dense ${model.toOnnx().length}`);
