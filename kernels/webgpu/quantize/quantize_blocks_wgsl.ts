import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { floatBits, type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import type { FloatType } from "../select/float_order.ts";
import { bind, type BindingChunk, bindingChunks } from "../core/binding_chunks.ts";
import type { QuantizedBits, QuantizedLayout } from "./quantize_blocks.ts";
import { LARGEST, SMALLEST } from "./quantize_blocks_cpu.ts";
import { DIVIDE } from "../core/divide.ts";
import { bufferOf } from "../core/tensors.ts";
import { entry, HALVES, THREADS } from "../core/wgsl.ts";

interface Quantized {
  codes: Tensor;
  scales: Tensor;
  zeros: Tensor | undefined;
}

const MEMBERS = `count: u32, group: u32, line: u32, per_line: u32, words: u32,
  weight: u32, codes: u32, scales: u32, zeros: u32`;

/**
 * The groups of a part of the weights, as bindings of what they are quantized to, in the order of {@linkcode
 * MEMBERS}.
 */
function bindGroups(
  gpu: Gpu,
  { start, count }: BindingChunk,
  { codes, scales, zeros }: Quantized,
  { line, perLine, words }: QuantizedLayout,
): { bindings: Pass["bindings"]; shifts: number[] } {
  const groups: BindingChunk = { start: start / line * perLine, count: count / line * perLine };
  const c = bind(gpu, bufferOf(codes), { start: groups.start * words, count: groups.count * words }, 4);
  const s = bind(gpu, bufferOf(scales), groups, 4);
  if (!zeros) return { bindings: [c.binding, s.binding], shifts: [c.shift, s.shift, 0] };
  // Words of four bytes.
  const word = Math.floor(groups.start / 4);
  const z = bind(
    gpu,
    bufferOf(zeros),
    { start: word, count: Math.ceil((groups.start + groups.count) / 4) - word },
    4,
  );
  return {
    bindings: [c.binding, s.binding, z.binding],
    shifts: [c.shift, s.shift, z.shift * 4 + groups.start % 4],
  };
}

/** Bytes of the widest binding, for each weight. */
function bytesPerWeight({ words, perLine, line }: QuantizedLayout): number {
  return Math.max(4, words * perLine * 4 / line);
}

/** Each thread quantizes a group. */
export function quantizePasses(
  gpu: Gpu,
  weight: Tensor,
  quantized: Quantized,
  layout: QuantizedLayout,
): Pass[] {
  if (quantized.zeros) {
    const encoder = gpu.device.createCommandEncoder();
    encoder.clearBuffer(bufferOf(quantized.zeros));
    gpu.device.queue.submit([encoder.finish()]);
  }
  const { bits, group, line, perLine, words } = layout;
  const bytes = weight.type === "float16" ? 2 : 4;
  return bindingChunks(gpu, sizeOf(weight.dims), { bytesPerElement: bytesPerWeight(layout), unit: line }).map(
    (part) => {
      const w = bind(gpu, bufferOf(weight), part, bytes);
      const { bindings, shifts } = bindGroups(gpu, part, quantized, layout);
      return {
        shader: quantizeShader(weight.type as FloatType, bits, quantized.zeros === undefined),
        bindings: [w.binding, ...bindings],
        params: [part.count, group, line, perLine, words, w.shift, ...shifts],
        workgroups: grid(Math.ceil(part.count / line * perLine / THREADS)),
      };
    },
  );
}

function quantizeShader(type: FloatType, bits: QuantizedBits, symmetric: boolean): Shader {
  const ternary = bits === "ternary";
  const last = ternary ? 2 : 2 ** bits - 1;
  const middle = ternary ? 1 : 2 ** (bits - 1);
  const scale = ternary
    ? "divide(sum, f32(size))"
    : symmetric
    ? `divide(bitcast<f32>(largest), ${middle - 1}.0)`
    : `divide(high - low, ${last}.0)`;
  const perWord = ternary ? 20 : Math.floor(32 / bits);
  return {
    name: "quantizeBlocks",
    code: `
struct Params { ${MEMBERS} }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> weight: array<u32>;
@group(0) @binding(2) var<storage, read_write> codes: array<u32>;
@group(0) @binding(3) var<storage, read_write> scales: array<u32>;
${symmetric ? "" : "@group(0) @binding(4) var<storage, read_write> zeros: array<atomic<u32>>;"}
${HALVES}
${DIVIDE}
fn w(i: u32) -> f32 {
  return ${
      type === "float16"
        ? "float_of((weight[i / 2u] >> (16u * (i % 2u))) & 0xffffu)"
        : "bitcast<f32>(weight[i])"
    };
}
${entry()}
  let own = group * ${THREADS}u + thread;
  if (own >= p.count / p.line * p.per_line) { return; }
  let inside = own % p.per_line * p.group;
  let first = p.weight + own / p.per_line * p.line + inside;
  let size = min(p.group, p.line - inside);
  var largest = 0u;
  var low = 0.0;
  var high = 0.0;
  var sum = 0.0;
  for (var i = 0u; i < size; i++) {
    let x = w(first + i);
    largest = max(largest, bitcast<u32>(x) & 0x7fffffffu);
    low = min(low, x);
    high = max(high, x);
    sum += abs(x);
  }
  var scale = 0u;
  var inverse = 0.0;
  if (largest > ${floatBits(LARGEST)}u) {
    scale = 0x7fc00000u;
  } else if (largest >= ${floatBits(SMALLEST)}u) {
    let step = ${scale};
    inverse = divide(1.0, step);
    scale = bitcast<u32>(step);
  }
  scales[p.scales + own] = scale;
  ${
      symmetric ? `let zero = ${middle};` : `
  var zero = 0; // also of a group without a grid, where -low * inverse may be no number
  if (inverse > 0.0) { zero = i32(min(round(-low * inverse), ${last}.0)); }
  atomicOr(&zeros[(p.zeros + own) / 4u], u32(zero) << (8u * ((p.zeros + own) % 4u)));`
    }
  for (var place = 0u; place < p.words; place++) {
    var word = 0u;
    if (scale != 0x7fc00000u) {
      let begin = place * ${perWord}u;
      for (var i = min(begin + ${perWord}u, max(size, begin)); i > begin; i--) {
        let step = i32(clamp(round(w(first + i - 1u) * inverse), -65536.0, 65536.0));
        word = word * ${last + 1}u + u32(clamp(step + zero, ${symmetric && !ternary ? 1 : 0}, ${last}));
      }
    }
    codes[p.codes + own * p.words + place] = word;
  }
}`,
  };
}

/** Each thread makes a weight. */
export function dequantizePasses(
  gpu: Gpu,
  weight: Tensor,
  quantized: Quantized,
  layout: QuantizedLayout,
): Pass[] {
  const { bits, group, line, perLine, words } = layout;
  return bindingChunks(gpu, sizeOf(weight.dims), { bytesPerElement: bytesPerWeight(layout), unit: line }).map(
    (part) => {
      const w = bind(gpu, bufferOf(weight), part, 4);
      const { bindings, shifts } = bindGroups(gpu, part, quantized, layout);
      return {
        shader: dequantizeShader(bits, quantized.zeros === undefined),
        bindings: [w.binding, ...bindings],
        params: [part.count, group, line, perLine, words, w.shift, ...shifts],
        workgroups: grid(Math.ceil(part.count / THREADS)),
      };
    },
  );
}

function dequantizeShader(bits: QuantizedBits, symmetric: boolean): Shader {
  const ternary = bits === "ternary";
  const perWord = ternary ? 20 : Math.floor(32 / bits);
  const code = ternary
    ? "for (var digit = 0u; digit < slot; digit++) { code /= 3u; }\n  code %= 3u;"
    : `code = (code >> (slot * ${bits}u)) & ${2 ** bits - 1}u;`;
  return {
    name: "dequantizeBlocks",
    code: `
struct Params { ${MEMBERS} }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read> codes: array<u32>;
@group(0) @binding(3) var<storage, read> scales: array<f32>;
${symmetric ? "" : "@group(0) @binding(4) var<storage, read> zeros: array<u32>;"}
${entry()}
  let i = group * ${THREADS}u + thread;
  if (i >= p.count) { return; }
  let inside = i % p.line;
  let own = i / p.line * p.per_line + inside / p.group;
  let slot = inside % p.group % ${perWord}u;
  var code = codes[p.codes + own * p.words + inside % p.group / ${perWord}u];
  ${code}
  ${
      symmetric
        ? `let zero = ${ternary ? 1 : 2 ** (bits - 1)}u;`
        : "let zero = (zeros[(p.zeros + own) / 4u] >> (8u * ((p.zeros + own) % 4u))) & 0xffu;"
    }
  weight[p.weight + i] = f32(i32(code) - i32(zero)) * scales[p.scales + own];
}`,
  };
}
