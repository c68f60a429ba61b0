import type { KernelType } from "./tensors.ts";

/** Threads of a workgroup in kernels that have no reason for another number. */
export const THREADS = 256;

/** Largest float32: in comparisons on bits, what lies above it is infinite or no number. */
export const INFINITY_BITS = 0x7f800000;

/**
 * Declares a storage buffer of floats as `name`, and `read_name(i)`, element i as f32. Half floats are read
 * in pairs out of 32-bit words, which needs no feature of the device.
 */
export function floatBuffer(name: string, binding: number, type: KernelType): string {
  return type === "float16"
    ? `
@group(0) @binding(${binding}) var<storage, read> ${name}: array<u32>;
fn read_${name}(i: u32) -> f32 { return unpack2x16float(${name}[i / 2u])[i % 2u]; }`
    : `
@group(0) @binding(${binding}) var<storage, read> ${name}: array<f32>;
fn read_${name}(i: u32) -> f32 { return ${name}[i]; }`;
}

/**
 * The head of a compute shader's entry point whose workgroups were counted by `grid`: `group` is the number
 * of its own.
 */
export function entry(threads: number = THREADS): string {
  return `
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = id.x + id.y * groups.x;`;
}

/** Adds up `partial[0 … threads − 1]`, in workgroup memory, into `partial[0]`; all threads must take part. */
export function sumOfPartials(threads: number = THREADS): string {
  return `
  workgroupBarrier();
  for (var half = ${threads / 2}u; half > 0u; half /= 2u) {
    if (thread < half) { partial[thread] += partial[thread + half]; }
    workgroupBarrier();
  }`;
}

/**
 * Declares `float_of(half)` and `half_of(float)`, bits of half floats and back, rounding halves to even: the
 * built-in functions may take subnormal halves for zero, and choose how they round.
 */
export const HALVES = `
fn float_of(half: u32) -> f32 {
  let magnitude = half & 0x7fffu;
  let sign = (half & 0x8000u) << 16u;
  if (magnitude < 0x400u) { return bitcast<f32>(sign | bitcast<u32>(f32(magnitude) * 0x1p-24f)); }
  let exponent = select(0x38000000u, 0x70000000u, magnitude >= 0x7c00u);
  return bitcast<f32>(sign | ((magnitude << 13u) + exponent));
}
fn half_of(float: f32) -> u32 {
  let bits = bitcast<u32>(float);
  let magnitude = bits & 0x7fffffffu;
  let sign = (bits >> 16u) & 0x8000u;
  if (magnitude > ${INFINITY_BITS}u) { return sign | 0x7e00u; }
  if (magnitude >= 0x477ff000u) { return sign | 0x7c00u; } // 65520 and more
  if (magnitude < 0x38800000u) { return sign | u32(round(abs(float) * 0x1p24f)); } // subnormal halves
  return sign | ((magnitude + 0xfffu + ((magnitude >> 13u) & 1u) - 0x38000000u) >> 13u);
}`;
