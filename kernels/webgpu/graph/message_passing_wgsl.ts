import type { Shader } from "../core/gpu.ts";
import type { KernelType } from "../core/tensors.ts";
import { entry, floatBuffer, THREADS } from "../core/wgsl.ts";

/** Variances up to this count as none. */
export const LEAST_VARIANCE = 1e-5;

/** How the threads of a workgroup lie: side by side over the inner numbers, and in lanes over the middle. */
export function layoutOf(inner: number): { across: number; lanes: number } {
  const across = Math.min(inner, THREADS);
  return { across, lanes: 2 ** Math.floor(Math.log2(THREADS / across)) };
}

/**
 * Mean above the smallest, sum of squared distances from the mean, largest and smallest of some messages as a
 * vec4, and how they become those of two sets: Chan, Golub, LeVeque, "Updating Formulae and a Pairwise
 * Algorithm for Computing Sample Variances", 1979. The smallest is a message, without an error: differences
 * of means that lie close keep their digits.
 */
const JOINED = `
fn joined(a: vec4f, of_a: u32, b: vec4f, of_b: u32) -> vec4f {
  if (of_b == 0u) { return a; }
  if (of_a == 0u) { return b; }
  let share = f32(of_b) / f32(of_a + of_b);
  let apart = (b.w - a.w) + (b.x - a.x);
  let squares = a.y + b.y + apart * apart * f32(of_a) * share;
  let low = min(a.w, b.w);
  return vec4f((a.w - low) + (a.x + apart * share), squares, max(a.z, b.z), low);
}`;

/** Declares `node_at(i)`, the node at a place of a block: the place itself, or what a list of nodes says. */
function nodeAt(binding: number, listed: boolean): string {
  return listed
    ? `
@group(0) @binding(${binding}) var<storage, read> list: array<u32>;
fn node_at(place: u32) -> u32 { return list[p.list + place]; }`
    : `
fn node_at(place: u32) -> u32 { return place; }`;
}

/** Messages without the receiver's factor, [outer, splits, inner]. */
export function collectShader(edges: KernelType, senders: KernelType, listed: boolean): Shader {
  return {
    name: "messagePassing",
    code: `
struct Params {
  outer: u32, middle: u32, inner: u32, hidden: u32, splits: u32, chunk: u32, across: u32, lanes: u32,
  diagonal: u32, edges: u32, senders: u32, list: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
${floatBuffer("edges", 1, edges)}
${floatBuffer("senders", 2, senders)}
@group(0) @binding(3) var<storage, read_write> partial: array<vec4f>;
${nodeAt(4, listed)}
var<workgroup> shared_stats: array<vec4f, ${THREADS}>;
var<workgroup> shared_count: array<u32, ${THREADS}>;
${JOINED}
${entry()}
  let blocks = (p.inner + p.across - 1u) / p.across;
  let lane = thread / p.across;
  let i = group % blocks * p.across + thread % p.across;
  let split = group / blocks % p.splits;
  let row = group / blocks / p.splits;
  let within = row < p.outer && i < p.inner && lane < p.lanes;
  let end = min((split + 1u) * p.chunk, p.middle);
  let start = split * p.chunk + lane;
  let channel = i % p.hidden;
  let before = row * p.diagonal;

  var count = 0u;
  var first = 0.0;
  var sum = 0.0;
  var squares = 0.0;
  var high = 0.0;
  var low = 0.0;
  if (within) {
    for (var m = start; m < end; m += p.lanes) {
      let message = read_senders(p.senders + node_at(before + m) * p.hidden + channel) *
        read_edges(p.edges + (row * p.middle + m) * p.inner + i);
      if (count == 0u) {
        first = message;
        high = message;
        low = message;
      }
      let apart = message - first;
      sum += apart;
      squares += apart * apart;
      high = max(high, message);
      low = min(low, message);
      count++;
    }
  }
  let n = f32(max(count, 1u));
  shared_stats[thread] = vec4f((first - low) + sum / n, max(squares - sum * (sum / n), 0.0), high, low);
  shared_count[thread] = count;
  workgroupBarrier();
  for (var half = p.lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = thread + half * p.across;
      shared_stats[thread] =
        joined(shared_stats[thread], shared_count[thread], shared_stats[other], shared_count[other]);
      shared_count[thread] += shared_count[other];
    }
    workgroupBarrier();
  }
  if (within && lane == 0u) { partial[(row * p.splits + split) * p.inner + i] = shared_stats[thread]; }
}`,
  };
}

/** Joins the splits to what their nodes were sent before. */
export function combineShader(listed: boolean): Shader {
  return {
    name: "messagePassing",
    code: `
struct Params {
  outer: u32, middle: u32, inner: u32, hidden: u32, splits: u32, chunk: u32, sent: u32, counts: u32, list: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> partial: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> sent: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> counts: array<u32>;
${nodeAt(4, listed)}
${JOINED}
${entry()}
  let own = group * ${THREADS}u + thread;
  if (own >= p.outer * p.inner) { return; }
  let row = own / p.inner;
  let place = node_at(own / p.hidden) * p.hidden + own % p.hidden;
  var count = counts[p.counts + place];
  var stats = vec4f();
  if (count > 0u) { stats = sent[p.sent + place]; }
  for (var split = 0u; split < p.splits; split++) {
    let more = min(p.chunk, p.middle - split * p.chunk);
    stats = joined(stats, count, partial[(row * p.splits + split) * p.inner + own % p.inner], more);
    count += more;
  }
  sent[p.sent + place] = stats;
  counts[p.counts + place] = count;
}`,
  };
}

/** Shader that multiplies the messages sent to a node by the node's own factor. */
export function tellShader(receivers: KernelType): Shader {
  return {
    name: "messagePassing",
    code: `
struct Params { size: u32, hidden: u32, sent: u32, counts: u32, receivers: u32, told: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> sent: array<vec4f>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
${floatBuffer("receivers", 3, receivers)}
@group(0) @binding(4) var<storage, read_write> told: array<f32>;
${entry()}
  let own = group * ${THREADS}u + thread;
  if (own >= p.size) { return; }
  let count = counts[p.counts + own];
  var stats = vec4f();
  if (count > 0u) { stats = sent[p.sent + own]; }
  // To whom nothing is sent is told 0, whatever its own factor is.
  let factor = select(read_receivers(p.receivers + own), 0.0, count == 0u);
  let variance = stats.y / f32(max(count, 1u)) * factor * factor;
  let a = factor * stats.z;
  let b = factor * stats.w;
  let place = p.told + own / p.hidden * 4u * p.hidden + own % p.hidden;
  told[place] = (stats.w + stats.x) * factor;
  told[place + p.hidden] = select(0.0, sqrt(variance), variance > ${LEAST_VARIANCE});
  told[place + 2u * p.hidden] = max(a, b);
  told[place + 3u * p.hidden] = min(a, b);
}`,
  };
}
