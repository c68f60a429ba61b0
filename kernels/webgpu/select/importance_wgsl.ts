import type { Shader } from "../core/gpu.ts";
import type { KernelType } from "../core/tensors.ts";
import { entry, floatBuffer, sumOfPartials, THREADS } from "../core/wgsl.ts";
import type { Measure } from "./importance.ts";

/** Each measure in WGSL. */
export const MEASURES: Readonly<Record<Measure, { gradient: boolean; wgsl: string }>> = {
  magnitude: { gradient: false, wgsl: "abs(w)" },
  square: { gradient: false, wgsl: "w * w" },
  taylor: { gradient: true, wgsl: "abs(w * g)" },
  "taylor-square": { gradient: true, wgsl: "(w * g) * (w * g)" },
};

/** What a sum is of, and what is done with it. */
interface Variant {
  type: KernelType;
  gradientType: KernelType | undefined;
  measure: Measure | undefined;
  /** Whether a workgroup adds up a run of neighbours; else each thread adds up a column. */
  rows: boolean;
  add: boolean;
  root: boolean;
}

/** Sums of terms, over runs of neighbours or along columns. */
export function sumShader({ type, gradientType, measure, rows, add, root }: Variant): Shader {
  const plus = add ? "sum += read_before(p.before + place);" : "";
  const finish = `${plus}\n    sums[p.out + place] = ${root ? "sqrt(sum)" : "sum"};`;
  const byRow = `
  let row = group / p.splits;
  let begin = group % p.splits * p.chunk;
  let end = min(begin + p.chunk, p.middle);
  var sum = 0.0;
  if (row < p.outer) {
    for (var i = begin + thread; i < end; i += ${THREADS}u) { sum += term(row * p.middle + i); }
  }
  partial[thread] = sum;
  ${sumOfPartials()}
  if (thread == 0u && row < p.outer) {
    let place = group;
    sum = partial[0];
    ${finish}
  }`;
  const byColumn = `
  let place = group * ${THREADS}u + thread;
  if (place < p.outer * p.splits * p.inner) {
    let column = place % p.inner;
    let chunk = place / p.inner;
    let row = chunk / p.splits;
    let begin = chunk % p.splits * p.chunk;
    let end = min(begin + p.chunk, p.middle);
    var sum = 0.0;
    for (var i = begin; i < end; i++) { sum += term((row * p.middle + i) * p.inner + column); }
    ${finish}
  }`;
  return {
    name: "importance",
    code: `
struct Params {
  outer: u32, middle: u32, inner: u32, splits: u32, chunk: u32, // [outer, middle, inner] → [outer, splits, inner]
  weight: u32, out: u32, gradient: u32, before: u32, // where each begins in its binding
}
@group(0) @binding(0) var<uniform> p: Params;
${floatBuffer("weight", 1, type)}
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
${gradientType ? floatBuffer("gradient", 3, gradientType) : ""}
${add ? floatBuffer("before", gradientType ? 4 : 3, "float32") : ""}
${rows ? `var<workgroup> partial: array<f32, ${THREADS}>;` : ""}

fn term(i: u32) -> f32 {
  let w = read_weight(p.weight + i);
  ${gradientType ? "let g = read_gradient(p.gradient + i);" : ""}
  return ${measure ? MEASURES[measure].wgsl : "w"};
}
${entry()}
${rows ? byRow : byColumn}
}`,
  };
}
