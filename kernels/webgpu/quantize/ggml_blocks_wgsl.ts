import { sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import { DIVIDE } from "../core/divide.ts";
import { GGML_BLOCKS, type GgmlType } from "./ggml_layout.ts";
import { type Gpu, grid, type Pass, type Shader } from "../core/gpu.ts";
import type { FloatType } from "../select/float_order.ts";
import { bind, type BindingChunk, bindingChunks } from "../core/binding_chunks.ts";
import { bufferOf } from "../core/tensors.ts";
import { entry, HALVES, INFINITY_BITS, THREADS } from "../core/wgsl.ts";

/** Weights whose blocks fill whole words, the words, and the threads that make them. */
const UNITS: Readonly<Record<GgmlType, { weights: number; words: number; threads: number }>> = {
  Q8_0: { weights: 64, words: 17, threads: 1 },
  Q4_K: { weights: 256, words: 36, threads: 8 },
};

function wordsOf(type: GgmlType, { start, count }: BindingChunk): BindingChunk {
  const { weights, bytes } = GGML_BLOCKS[type];
  return { start: start / weights * bytes / 4, count: Math.ceil(count / weights * bytes / 4) };
}

export function packPasses(gpu: Gpu, weight: Tensor, blocks: Tensor, type: GgmlType): Pass[] {
  const bytes = weight.type === "float16" ? 2 : 4;
  const unit = UNITS[type];
  return bindingChunks(gpu, sizeOf(weight.dims), { bytesPerElement: bytes, unit: unit.weights }).map(
    (part) => {
      const w = bind(gpu, bufferOf(weight), part, bytes);
      const out = bind(gpu, bufferOf(blocks), wordsOf(type, part), 4);
      return {
        shader: packShader(weight.type as FloatType, type),
        bindings: [w.binding, out.binding],
        params: [part.count, w.shift, out.shift],
        workgroups: grid(Math.ceil(Math.ceil(part.count / unit.weights) * unit.threads / THREADS)),
      };
    },
  );
}

const HEAD = `
struct Params { count: u32, weight: u32, blocks: u32 }
@group(0) @binding(0) var<uniform> p: Params;`;

function packShader(type: FloatType, format: GgmlType): Shader {
  return {
    name: "packGgml",
    code: `${HEAD}
@group(0) @binding(1) var<storage, read> weight: array<u32>;
@group(0) @binding(2) var<storage, read_write> blocks: array<u32>;
${HALVES}
${DIVIDE}
fn w(i: u32) -> f32 {
  return ${
      type === "float16"
        ? "float_of((weight[i / 2u] >> (16u * (i % 2u))) & 0xffffu)"
        : "bitcast<f32>(weight[i])"
    };
}
/** The largest magnitude of a run, as its bits. */
fn largest_of(first: u32, count: u32) -> u32 {
  var largest = 0u;
  for (var i = 0u; i < count; i++) { largest = max(largest, bitcast<u32>(w(first + i)) & 0x7fffffffu); }
  return largest;
}
${
      { Q8_0: PACK_Q8, Q4_K: PACK_Q4 }[format]
    }`,
  };
}

/** Each thread makes two blocks, which fill 17 words. */
const PACK_Q8 = `
struct Scale { half: u32, inverse: f32 }
fn scale_of(first: u32) -> Scale {
  let largest = largest_of(first, 32u);
  if (largest >= ${INFINITY_BITS}u) { return Scale(0x7e00u, 0.0); }
  let d = divide(bitcast<f32>(largest), 127.0);
  if (d == 0.0) { return Scale(0u, 0.0); }
  return Scale(half_of(d), divide(1.0, d));
}
fn code_of(i: u32, inverse: f32) -> u32 {
  if (inverse == 0.0) { return 0u; }
  let scaled = w(i) * inverse;
  let size = abs(scaled);
  let even = round(size);
  let away = i32(even) + select(0, 1, even + 0.5 == size);
  return bitcast<u32>(select(away, -away, scaled < 0.0)) & 0xffu;
}
${entry()}
  let first = (group * ${THREADS}u + thread) * 64u;
  if (first >= p.count) { return; }
  let both = first + 32u < p.count;
  let one = scale_of(p.weight + first);
  var two = Scale(0u, 0.0);
  if (both) { two = scale_of(p.weight + first + 32u); }
  for (var place = 0u; place < select(9u, 17u, both); place++) {
    var word = 0u;
    for (var j = 0u; j < 4u; j++) {
      let at = place * 4u + j;
      var byte = 0u;
      if (at < 2u) { byte = (one.half >> (8u * at)) & 0xffu; }
      else if (at < 34u) { byte = code_of(p.weight + first + at - 2u, one.inverse); }
      else if (at < 36u) { byte = (two.half >> (8u * (at - 34u))) & 0xffu; }
      else if (both) { byte = code_of(p.weight + first + 32u + at - 36u, two.inverse); }
      word |= byte << (8u * j);
    }
    blocks[p.blocks + first / 64u * 17u + place] = word;
  }
}`;

/** Each thread fits a run of 32 weights; the eight of a block then share its words. */
const PACK_Q4 = `
struct Fit { scale: f32, depth: f32 }
var<workgroup> scales: array<f32, ${THREADS}>;
var<workgroup> depths: array<f32, ${THREADS}>;
var<workgroup> finite: array<u32, ${THREADS}>;

fn code(x: f32) -> f32 { return clamp(round(x), 0.0, 15.0); }
fn error_of(first: u32, rms: f32, inverse: f32, low: f32, scale: f32, least: f32) -> f32 {
  var error = 0.0;
  for (var i = 0u; i < 32u; i++) {
    let x = w(first + i);
    let difference = scale * code(inverse * (x - low)) + least - x;
    error += (rms + abs(x)) * difference * difference;
  }
  return error;
}
fn fit(first: u32) -> Fit {
  var low = 0.0;
  var high = w(first);
  var squares = 0.0;
  for (var i = 0u; i < 32u; i++) {
    let x = w(first + i);
    low = min(low, x);
    high = max(high, x);
    squares += x * x;
  }
  if (high == low) { return Fit(0.0, -low); }
  let rms = sqrt(squares / 32.0);
  var sum_w = 0.0;
  var sum_x = 0.0;
  for (var i = 0u; i < 32u; i++) {
    let x = w(first + i);
    sum_w += rms + abs(x);
    sum_x += (rms + abs(x)) * x;
  }
  var best = (high - low) / 15.0;
  var least = error_of(first, rms, 15.0 / (high - low), low, best, low);
  for (var t = 0u; t <= 20u; t++) {
    let inverse = (-1.0 + 0.1 * f32(t) + 15.0) / (high - low);
    var sum_l = 0.0;
    var sum_l2 = 0.0;
    var sum_xl = 0.0;
    for (var i = 0u; i < 32u; i++) {
      let x = w(first + i);
      let l = code(inverse * (x - low));
      let weighted = (rms + abs(x)) * l;
      sum_l += weighted;
      sum_l2 += weighted * l;
      sum_xl += weighted * x;
    }
    let determinant = sum_w * sum_l2 - sum_l * sum_l;
    if (determinant > 0.0) {
      var scale = (sum_w * sum_xl - sum_x * sum_l) / determinant;
      var bottom = (sum_l2 * sum_x - sum_l * sum_xl) / determinant;
      if (bottom > 0.0) {
        scale = sum_xl / sum_l2;
        bottom = 0.0;
      }
      let error = error_of(first, rms, inverse, low, scale, bottom);
      if (error < least) {
        least = error;
        best = scale;
        low = bottom;
      }
    }
  }
  return Fit(best, -low);
}
fn six_bits(value: f32, most: f32) -> u32 {
  if (most <= 0.0) { return 0u; }
  return u32(clamp(round(63.0 / most * value), 0.0, 63.0));
}
${entry()}
  let number = group * ${THREADS / 8}u + thread / 8u;
  let run = thread % 8u;
  let first = p.weight + number * 256u;
  let inside = number * 256u < p.count;
  var own = Fit(0.0, 0.0);
  finite[thread] = 1u;
  if (inside) {
    finite[thread] = u32(largest_of(first + run * 32u, 32u) < ${INFINITY_BITS}u);
    if (finite[thread] == 1u) { own = fit(first + run * 32u); }
  }
  scales[thread] = own.scale;
  depths[thread] = own.depth;
  workgroupBarrier();
  if (!inside) { return; }
  let base = thread - run;
  var largest = 0.0;
  var deepest = 0.0;
  var all_finite = true;
  for (var i = 0u; i < 8u; i++) {
    largest = max(largest, scales[base + i]);
    deepest = max(deepest, depths[base + i]);
    all_finite = all_finite && finite[base + i] == 1u;
  }
  let d = half_of(largest / 63.0);
  let m = half_of(deepest / 63.0);
  let out = p.blocks + number * 36u;
  if (run == 0u) { blocks[out] = select(0x7e00u, d | (m << 16u), all_finite); }
  if (run >= 1u && run < 4u) {
    var word = 0u;
    for (var i = 0u; i < 4u; i++) {
      let scale = six_bits(scales[base + i], largest);
      let depth = six_bits(depths[base + i], deepest);
      let later_scale = six_bits(scales[base + i + 4u], largest);
      let later_depth = six_bits(depths[base + i + 4u], deepest);
      var byte = scale | ((later_scale >> 4u) << 6u);
      if (run == 2u) { byte = depth | ((later_depth >> 4u) << 6u); }
      if (run == 3u) { byte = (later_scale & 15u) | ((later_depth & 15u) << 4u); }
      word |= byte << (8u * i);
    }
    blocks[out + run] = select(0u, word, all_finite);
  }
  // The words of two runs, of each its eighth: low halves of bytes are the first run's.
  for (var place = run % 2u * 4u; place < run % 2u * 4u + 4u; place++) {
    var word = 0u;
    for (var half = 0u; half < 2u; half++) {
      let one = run / 2u * 2u + half;
      let step = float_of(d) * f32(six_bits(scales[base + one], largest));
      let depth = float_of(m) * f32(six_bits(depths[base + one], deepest));
      for (var j = 0u; j < 4u && step != 0.0 && all_finite; j++) {
        let x = w(first + one * 32u + place * 4u + j);
        word |= u32(code((x + depth) / step)) << (8u * j + 4u * half);
      }
    }
    blocks[out + 4u + run / 2u * 8u + place] = word;
  }
}`;

/** Each thread makes a weight. */
export function unpackPasses(gpu: Gpu, blocks: Tensor, weight: Tensor, type: GgmlType): Pass[] {
  return bindingChunks(gpu, sizeOf(weight.dims), { bytesPerElement: 4, unit: UNITS[type].weights }).map(
    (part) => {
      const w = bind(gpu, bufferOf(weight), part, 4);
      const packed = bind(gpu, bufferOf(blocks), wordsOf(type, part), 4);
      return {
        shader: unpackShader(type),
        bindings: [w.binding, packed.binding],
        params: [part.count, w.shift, packed.shift],
        workgroups: grid(Math.ceil(part.count / THREADS)),
      };
    },
  );
}

function unpackShader(type: GgmlType): Shader {
  const value = {
    Q8_0: `
  let block = i / 32u * 34u;
  let code = i32(byte_at(block + 2u + i % 32u) << 24u) >> 24u;
  let value = half_at(block) * f32(code);`,
    Q4_K: `
  let block = i / 256u * 144u;
  let run = i / 32u % 8u;
  let low = byte_at(block + 4u + run % 4u);
  let high = byte_at(block + 8u + run % 4u);
  let mixed = byte_at(block + 12u + run % 4u);
  let scale = select((mixed & 15u) | ((low >> 6u) << 4u), low & 63u, run < 4u);
  let depth = select((mixed >> 4u) | ((high >> 6u) << 4u), high & 63u, run < 4u);
  let code = (byte_at(block + 16u + run / 2u * 32u + i % 32u) >> (4u * (run % 2u))) & 15u;
  let value = half_at(block) * f32(scale) * f32(code) - half_at(block + 2u) * f32(depth);`,
  }[type];
  return {
    name: "unpackGgml",
    code: `${HEAD}
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read> blocks: array<u32>;
${HALVES}
fn byte_at(place: u32) -> u32 { return (blocks[p.blocks + place / 4u] >> (8u * (place % 4u))) & 0xffu; }
fn half_at(place: u32) -> f32 { return float_of(byte_at(place) | (byte_at(place + 1u) << 8u)); }
${entry()}
  let i = group * ${THREADS}u + thread;
  if (i >= p.count) { return; }
  ${value}
  weight[p.weight + i] = value;
}`,
  };
}
