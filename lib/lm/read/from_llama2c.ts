import { unreadable } from "../../formats/archives/cursor.ts";
import { openBytes } from "../../formats/open_bytes.ts";
import type { Source } from "../../formats/read_source.ts";
import { sizeOf, Tensor } from "../../tensor/tensor.ts";
import { type DecoderWeights, pairsApart } from "./weights.ts";

/** Bytes of the sizes at the begin of a file. */
const HEAD = 28;

/**
 * A Llama from a file of llama2.c, its first version: seven whole numbers, then float32 weights kind by kind.
 *
 * @throws {SyntaxError} where the sizes and the file's length contradict each other
 */
export async function decoderFromLlama2c(source: Source): Promise<DecoderWeights> {
  const bytes = await openBytes(source);
  const { name } = bytes;
  if (bytes.size < HEAD) throw unreadable(name, 0, `expected ${HEAD} bytes of sizes, found ${bytes.size}`);
  const sizes = new Int32Array((await bytes.read(0, HEAD)).buffer);
  const [hidden, neurons, layers, heads, keyValueHeads, rows, context] = sizes as unknown as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [vocabulary, tied] = [Math.abs(rows), rows > 0];
  const few = [hidden, neurons, layers, heads, keyValueHeads, vocabulary, context];
  const headSize = hidden / heads;
  if (few.some((size) => size < 1 || size > 2 ** 24) || !Number.isInteger(headSize / 2)) {
    throw unreadable(name, 0, `expected the sizes of a model of llama2.c, found ${[...sizes].join(", ")}`);
  }
  const narrow = keyValueHeads * headSize;
  const kinds: [name: string, dims: number[], each: boolean][] = [
    ["model.embed_tokens", [vocabulary, hidden], false],
    ["input_layernorm", [hidden], true],
    ["self_attn.q_proj", [hidden, hidden], true],
    ["self_attn.k_proj", [narrow, hidden], true],
    ["self_attn.v_proj", [narrow, hidden], true],
    ["self_attn.o_proj", [hidden, hidden], true],
    ["post_attention_layernorm", [hidden], true],
    ["mlp.gate_proj", [neurons, hidden], true],
    ["mlp.down_proj", [hidden, neurons], true],
    ["mlp.up_proj", [neurons, hidden], true],
    ["model.norm", [hidden], false],
    ["", [2, context, headSize / 2], false], // rotations, which are computed here
    ...tied ? [] : [["lm_head", [vocabulary, hidden], false] as [string, number[], boolean]],
  ];
  const expected = HEAD +
    4 * kinds.reduce((sum, [, dims, each]) => sum + sizeOf(dims) * (each ? layers : 1), 0);
  if (bytes.size !== expected) {
    throw unreadable(name, HEAD, `expected ${expected} bytes by its sizes, found ${bytes.size}`);
  }
  const tensors: Record<string, Tensor> = {};
  let at = HEAD;
  for (const [kind, dims, each] of kinds) {
    for (let layer = 0; layer < (each ? layers : 1); layer++) {
      const [from, length] = [at, 4 * sizeOf(dims)];
      at += length;
      if (kind === "") continue;
      const tensor = new Tensor("float32", new Float32Array((await bytes.read(from, length)).buffer), dims);
      const rotated = /[qk]_proj/.test(kind) ? pairsApart(tensor, headSize) : tensor;
      tensors[`${each ? `model.layers.${layer}.` : ""}${kind}.weight`] = rotated;
    }
  }
  const options = { vocabulary, context, layers, hidden, heads, keyValueHeads, headSize, neurons, tied };
  return { name, family: "llama", options, tensors };
}
