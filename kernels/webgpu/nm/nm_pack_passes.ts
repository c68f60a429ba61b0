import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { bind, type BindingChunk, bindingChunks } from "../core/binding_chunks.ts";
import { type Gpu, grid, type Pass } from "../core/gpu.ts";
import { bufferOf } from "../core/tensors.ts";
import { THREADS } from "../core/wgsl.ts";
import type { FloatType } from "../select/float_order.ts";
import { bindBlocks, blockOf, groupParams, type Groups } from "./nm_groups.ts";
import { placeBits } from "./nm_pack_cpu.ts";
import { packShader, unpackShader } from "./nm_pack_wgsl.ts";

interface Packing {
  weight: Tensor;
  packed: Tensor;
  groups: Groups;
  of: "values" | "indices";
}

/** Each thread makes a word of the result, and looks for the values of its own. */
export function packPasses(gpu: Gpu, { weight, packed, groups, of }: Packing): Pass[] {
  const { inner, m, n, outer, perLine } = groups;
  const type = weight.type as FloatType;
  const bytes = type === "float16" ? 2 : 4;
  const perWord = of === "indices" ? placeBits(m).perWord : 4 / bytes;
  const size = outer * perLine * n * inner;
  return bindingChunks(gpu, size, {
    bytesPerElement: Math.max(bytes * m / n, 4 / perWord),
    unit: perWord,
    reserve: 2 * m * inner * bytes,
  }).map(
    (part) => {
      const x = bindBlocks(gpu, weight, groups, blocksOf(groups, part));
      const words: BindingChunk = { start: part.start / perWord, count: Math.ceil(part.count / perWord) };
      const out = bind(gpu, bufferOf(packed), words, 4);
      return {
        shader: packShader(type, of),
        bindings: [x.binding, out.binding],
        params: [
          part.count,
          out.shift,
          part.start,
          x.from,
          ...groupParams(groups),
          perWord,
          Math.floor(32 / perWord),
        ],
        workgroups: grid(Math.ceil(words.count / THREADS)),
      };
    },
  );
}

/** The blocks that a run of packed values came from. */
function blocksOf({ n, inner }: Groups, { start, count }: BindingChunk): { first: number; last: number } {
  return { first: Math.floor(start / (n * inner)), last: Math.floor((start + count - 1) / (n * inner)) };
}

interface Unpacking {
  weight: Tensor;
  values: Tensor;
  indices: Tensor;
  groups: Groups;
}

/** Each thread makes a word of the tensor, and looks for its elements among the values of their groups. */
export function unpackPasses(gpu: Gpu, { weight, values, indices, groups }: Unpacking): Pass[] {
  const { inner, n, m } = groups;
  const type = weight.type as FloatType;
  const bytes = type === "float16" ? 2 : 4;
  const { bits, perWord } = placeBits(m);
  const reserve = 2 * n * inner * 4;
  return bindingChunks(gpu, sizeOf(weight.dims), { bytesPerElement: bytes, unit: 4 / bytes, reserve }).map(
    (part) => {
      const first = blockOf(groups, part.start);
      const last = blockOf(groups, part.start + part.count - 1);
      const run: BindingChunk = { start: first * n * inner, count: (last + 1 - first) * n * inner };
      const v = bind(gpu, bufferOf(values), run, bytes);
      const word = Math.floor(run.start / perWord);
      const words: BindingChunk = { start: word, count: Math.ceil((run.start + run.count) / perWord) - word };
      const i = bind(gpu, bufferOf(indices), words, 4);
      const out = bind(gpu, bufferOf(weight), part, bytes);
      return {
        shader: unpackShader(type),
        bindings: [v.binding, i.binding, out.binding],
        params: [
          part.count,
          out.shift * bytes / 4,
          part.start,
          run.start - v.shift,
          word - i.shift,
          ...groupParams(groups),
          perWord,
          bits,
        ],
        workgroups: grid(Math.ceil(part.count * bytes / 4 / THREADS)),
      };
    },
  );
}
