import type { KernelType } from "./tensors.ts";

/** Threads of a workgroup in kernels that have no reason for another number. */
export const THREADS = 256;

/** Largest float32: in comparisons on bits, what lies above it is infinite or no number. */
export const INFINITY_BITS = 0x7f800000;

/**
 * Declares a storage buffer of floats as `name`, and `read_name(i)`, element i as f32. Half floats are read in pairs
 * out of 32-bit words, which needs no feature of the device.
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

/** The head of a compute shader's entry point whose workgroups were counted by `grid`: `group` is the number of its own. */
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
