import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import { bitsOf, type FloatType, keyBuffer, requireFloats, sortableRule } from "../select/float_order.ts";
import {
  bindBlocks,
  blockOf,
  GROUP_MEMBERS,
  groupParams,
  GROUPS,
  type Groups,
  groupsOf,
  type NmOptions,
} from "./nm_groups.ts";
import { bindingChunks } from "../core/binding_chunks.ts";
import { entry, THREADS } from "../core/wgsl.ts";

/**
 * Whether at most N of every M neighbours along an axis are not zero, in shorter last groups too. Zeros of
 * both signs are zero; NaN is not.
 *
 * @param weight float32 or float16, of at least one axis, on the CPU or a GPU
 * @throws RangeError where N is more than M or the axis is none; TypeError where the type is another
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { float32 } from "../../../lib/tensor/tensor.ts";
 *
 * assert.equal(await isNm(float32([0, 1, 2, 0, 0, 0, 3, 0])), true);
 * assert.equal(await isNm(float32([0, 1, 2, 3, 0, 0, 0, 0])), false);
 * ```
 */
export async function isNm(weight: Tensor, pattern: NmOptions = {}): Promise<boolean> {
  const { gpu, type } = requireFloats("isNm", [weight]);
  const groups = groupsOf("isNm", weight.dims, pattern);
  if (!gpu) return twin(weight, type, groups);
  const found = gpu.take(4);
  try {
    gpu.device.queue.writeBuffer(found, 0, Uint32Array.of(0));
    await gpu.run(passes(gpu, weight, found, groups));
    return new Uint32Array(await gpu.read(found, 4))[0] === 0;
  } finally {
    gpu.free(found);
  }
}

function twin(weight: Tensor, type: FloatType, { outer, length, inner, n, m }: Groups): boolean {
  const bits = bitsOf(weight);
  const { mask } = sortableRule(type);
  for (let line = 0; line < outer; line++) {
    for (let place = 0; place < length; place += m) {
      for (let i = 0; i < inner; i++) {
        let count = 0;
        for (let j = place; j < Math.min(place + m, length); j++) {
          count += Number((bits[(line * length + j) * inner + i]! & mask) !== 0);
        }
        if (count > n) return false;
      }
    }
  }
  return true;
}

function passes(gpu: Gpu, weight: Tensor, found: GPUBuffer, groups: Groups): Pass[] {
  const bytes = weight.type === "float16" ? 2 : 4;
  const block = groups.m * groups.inner;
  return bindingChunks(gpu, sizeOf(weight.dims), {
    bytesPerElement: bytes,
    unit: 1,
    reserve: 2 * block * bytes,
  }).map((part) => {
    const x = bindBlocks(gpu, weight, groups, {
      first: blockOf(groups, part.start),
      last: blockOf(groups, part.start + part.count - 1),
    });
    return {
      shader: shader(weight.type as FloatType),
      bindings: [x.binding, found],
      params: [part.count, part.start, x.from, ...groupParams(groups)],
      workgroups: grid(Math.ceil(part.count / THREADS)),
    };
  });
}

function shader(type: FloatType): Shader {
  return {
    name: "isNm",
    code: `
struct Params { count: u32, start: u32, from_element: u32, ${GROUP_MEMBERS} }
@group(0) @binding(0) var<uniform> p: Params;
${keyBuffer("x", 1, type)}
@group(0) @binding(2) var<storage, read_write> found: atomic<u32>;
fn key(at: u32) -> u32 { return key_x(at - p.from_element); }
${GROUPS}
${entry()}
  let i = group * ${THREADS}u + thread;
  if (i >= p.count || place_of(p.start + i) % p.m != 0u) { return; } // A group's first element speaks for it.
  let own = group_of(p.start + i);
  var count = 0u;
  for (var j = 0u; j < own.size; j++) { count += u32(key(own.first + j * p.inner) != 0u); }
  if (count > p.n) { atomicStore(&found, 1u); }
}`,
  };
}
