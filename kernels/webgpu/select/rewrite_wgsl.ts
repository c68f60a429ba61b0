import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { WORD } from "../core/bits_wgsl.ts";
import { type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import { type FloatType, sortableRule } from "./float_order.ts";
import { bind, type BindingChunk, bindingChunks } from "../core/binding_chunks.ts";
import { bufferOf } from "../core/tensors.ts";
import { entry, HALVES, THREADS } from "../core/wgsl.ts";

/** A change of single elements, in place. */
export interface Change {
  /** The kernel's name. */
  name: string;
  /** Members of the uniform `p` besides those of every change. */
  members: string;
  /** Declares `change(bits: u32, i: u32) -> u32`: what becomes of the bits of element i of the part. */
  code: string;
  /** Whether there is a mask, `stays`, whose words begin at `p.stays`. */
  masked?: boolean;
}

/** Words that a thread looks at. */
const EACH = 4;

/**
 * Passes that change a tensor in place; only words that change are written.
 *
 * @param params the members' values, for each part of the tensor
 */
export function rewrite(
  gpu: Gpu,
  tensor: Tensor,
  change: Change,
  { params = () => [], mask }: { params?: (part: BindingChunk) => number[]; mask?: Tensor | undefined },
): Pass[] {
  const type = tensor.type as FloatType;
  const bytes = type === "float16" ? 2 : 4;
  return bindingChunks(gpu, sizeOf(tensor.dims), { bytesPerElement: bytes, unit: WORD }).map((part) => {
    const x = bind(gpu, bufferOf(tensor), part, bytes);
    const bits = mask && bind(
      gpu,
      bufferOf(mask),
      { start: part.start / WORD, count: Math.ceil(part.count / WORD) },
      4,
    );
    return {
      shader: shader(change, type),
      bindings: [x.binding, ...bits ? [bits.binding] : []],
      params: [part.count, x.shift * bytes / 4, bits?.shift ?? 0, ...params(part)],
      workgroups: grid(Math.ceil(part.count * bytes / 4 / (THREADS * EACH))),
    };
  });
}

function shader({ name, members, code, masked = false }: Change, type: FloatType): Shader {
  const { mask, nan } = sortableRule(type);
  const changed = type === "float32" ? "change(old, i)" : `
      change(old & 0xffffu, i) | (select(old >> 16u, change(old >> 16u, i + 1u), i + 1u < p.count) << 16u)`;
  return {
    name,
    code: `
struct Params { count: u32, words: u32, stays: u32, ${members} }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> x: array<u32>;
${masked ? "@group(0) @binding(2) var<storage, read> stays: array<u32>;" : ""}
${HALVES}
fn key_of(bits: u32) -> u32 { return min(bits & ${mask}u, ${nan}u); }
${code}
${entry()}
  for (var turn = 0u; turn < ${EACH}u; turn++) {
    let word = (group * ${EACH}u + turn) * ${THREADS}u + thread;
    let i = word * ${type === "float16" ? 2 : 1}u;
    if (i < p.count) {
      let old = x[p.words + word];
      let new_word = ${changed};
      if (new_word != old) { x[p.words + word] = new_word; }
    }
  }
}`,
  };
}
