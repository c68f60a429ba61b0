import type { Shader } from "../core/gpu.ts";
import { entry, THREADS } from "../core/wgsl.ts";
import { type FloatType, keyBuffer } from "../select/float_order.ts";
import { GROUP_MEMBERS, GROUPS } from "./nm_groups.ts";

/** Words of values, or of places, of those that stay. */
export function packShader(type: FloatType, of: "values" | "indices"): Shader {
  const part = of === "indices"
    ? "inside << (j * p.bits)"
    : type === "float32"
    ? "select(0u, x[at - p.from_element], inside < own.size)"
    : "select(0u, (x[(at - p.from_element) / 2u] >> (16u * ((at - p.from_element) % 2u))) & 0xffffu, inside < own.size) " +
      "<< (16u * j)";
  return {
    name: "nmPack",
    code: `
struct Params {
  count: u32, out: u32, start: u32, from_element: u32, ${GROUP_MEMBERS}, per_word: u32, bits: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
${keyBuffer("x", 1, type)}
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
fn key(at: u32) -> u32 { return key_x(at - p.from_element); }
${GROUPS}
/** The place of the value that stays after so many others; beyond the group where it has no such value. */
fn place_of_slot(own: Group, slot: u32) -> u32 {
  var before = 0u;
  for (var inside = 0u; inside < own.size; inside++) {
    if (stays_in(own, inside)) {
      if (before == slot) { return inside; }
      before++;
    }
  }
  return own.size + slot - before;
}
${entry()}
  let place = group * ${THREADS}u + thread;
  if (place >= (p.count + p.per_word - 1u) / p.per_word) { return; }
  var word = 0u;
  for (var j = 0u; j < p.per_word; j++) {
    let i = place * p.per_word + j;
    if (i >= p.count) { break; }
    let value = p.start + i;
    let block = value / p.inner / p.n;
    let first = (block / p.per_line * p.length + block % p.per_line * p.m) * p.inner + value % p.inner;
    let own = group_of(first);
    let inside = place_of_slot(own, value / p.inner % p.n);
    let at = min(first + inside * p.inner, first + (own.size - 1u) * p.inner);
    word |= ${part};
  }
  out[p.out + place] = word;
}`,
  };
}

/** Words of the whole tensor. */
export function unpackShader(type: FloatType): Shader {
  const perWord = type === "float16" ? 2 : 1;
  const value = type === "float16"
    ? "((values[(at - p.values) / 2u] >> (16u * ((at - p.values) % 2u))) & 0xffffu) << (16u * j)"
    : "values[at - p.values]";
  return {
    name: "nmUnpack",
    code: `
struct Params {
  count: u32, out: u32, start: u32, values: u32, words: u32, ${GROUP_MEMBERS}, per_word: u32, bits: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;
${entry()}
  let place = group * ${THREADS}u + thread;
  if (place >= (p.count + ${perWord - 1}u) / ${perWord}u) { return; }
  var word = 0u;
  for (var j = 0u; j < ${perWord}u; j++) {
    let i = place * ${perWord}u + j;
    if (i >= p.count) { break; }
    let element = p.start + i;
    let line = element / p.inner / p.length;
    let own = element / p.inner % p.length;
    let first = (line * p.per_line + own / p.m) * p.n;
    for (var slot = 0u; slot < p.n; slot++) {
      let at = (first + slot) * p.inner + element % p.inner;
      let inside = (indices[at / p.per_word - p.words] >> (at % p.per_word * p.bits)) & ((1u << p.bits) - 1u);
      if (inside == own % p.m) { word |= ${value}; }
    }
  }
  out[p.out + place] = word;
}`,
  };
}
