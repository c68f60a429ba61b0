import { RangeError } from "../../../lib/errors.ts";
import { normalAxis, sizeOf, type Tensor } from "../../../lib/tensor/tensor.ts";
import type { Gpu } from "../core/gpu.ts";
import { bind, type BindingChunk } from "../core/binding_chunks.ts";
import { bufferOf } from "../core/tensors.ts";

/** N:M sparsity, as sparse matrix units name it: of every M neighbours, N stay and the others are zero. */
export interface NmPattern {
  /** How many stay, 0 to `m`. */
  readonly n: number;
  /** How many neighbours make a group, from 1. */
  readonly m: number;
}

/** An {@linkcode NmPattern}, by default 2:4, and where neighbours are. */
export interface NmOptions extends Partial<NmPattern> {
  /** Along which neighbours are counted; negative ones from the end. Default −1. */
  axis?: number | undefined;
}

/**
 * A tensor seen as [outer, length, inner] with groups of M along the length; the last group of a line may be
 * shorter. M neighbours, with what lies inside, are a *block*, which is one run of storage.
 */
export interface Groups {
  /** Product of the axes before the grouped one. */
  outer: number;
  /** Length of the grouped axis. */
  length: number;
  /** Product of the axes behind the grouped one. */
  inner: number;
  /** Weights of a group that stay. */
  n: number;
  /** Weights of a group, M. */
  m: number;
  /** Groups of a line. */
  perLine: number;
  /** Not negative. */
  axis: number;
}

/** @throws RangeError where the pattern is none, or the axis none of the tensor's */
export function groupsOf(
  kernel: string,
  dims: readonly number[],
  { n = 2, m = 4, axis = -1 }: NmOptions,
): Groups {
  if (!Number.isInteger(m) || m < 1 || !Number.isInteger(n) || n < 0 || n > m) {
    throw new RangeError(
      `Cannot run ${kernel}: ${n} of every ${m} cannot stay; expected whole numbers, the first from 0 to the second`,
    );
  }
  const at = normalAxis(axis, dims.length);
  if (!(Number.isInteger(at) && at >= 0 && at < dims.length)) {
    throw new RangeError(`Cannot run ${kernel}: axis ${axis} is none of the shape [${dims.join(", ")}]`);
  }
  const length = dims[at]!;
  const [outer, inner] = [sizeOf(dims.slice(0, at)), sizeOf(dims.slice(at + 1))];
  return { outer, length, inner, n, m, perLine: Math.ceil(length / m), axis: at };
}

/** Where a block begins. */
export function startOf({ perLine, length, inner, m }: Groups, block: number): number {
  return Math.floor(block / perLine) * length * inner + block % perLine * m * inner;
}

/** The number of the block in which an element lies. */
export function blockOf({ perLine, length, inner, m }: Groups, element: number): number {
  const line = Math.floor(element / (length * inner));
  return line * perLine + Math.floor((element - line * length * inner) / (m * inner));
}

/** Whole blocks of a tensor as a binding, and the element at which the binding begins. */
export function bindBlocks(
  gpu: Gpu,
  tensor: Tensor,
  groups: Groups,
  { first, last }: { first: number; last: number },
): { binding: ReturnType<typeof bind>["binding"]; from: number } {
  const bytes = tensor.type === "float16" ? 2 : 4;
  const start = startOf(groups, first);
  const part: BindingChunk = { start, count: startOf(groups, last + 1) - start };
  const { binding, shift } = bind(gpu, bufferOf(tensor), part, bytes);
  return { binding, from: start - shift };
}

/** Members of the uniform `p` that {@linkcode GROUPS} reads, and their values. */
export const GROUP_MEMBERS = "length: u32, inner: u32, n: u32, m: u32, per_line: u32";

export function groupParams({ length, inner, n, m, perLine }: Groups): number[] {
  return [length, inner, n, m, perLine];
}

/**
 * Declares how elements lie in groups, and who stays there: the N largest, of equal ones those that come
 * last. `key(at)` gives the key of an element of the tensor.
 */
export const GROUPS = `
struct Group { first: u32, size: u32 }
fn place_of(at: u32) -> u32 { return at / p.inner % p.length; }
fn group_of(at: u32) -> Group {
  let place = place_of(at);
  let inside = place % p.m;
  return Group(at - inside * p.inner, min(p.m, p.length + inside - place));
}
fn stays_in(group: Group, inside: u32) -> bool {
  let own = key(group.first + inside * p.inner);
  var larger = 0u;
  for (var j = 0u; j < group.size; j++) {
    let other = key(group.first + j * p.inner);
    larger += u32(other > own || (other == own && j > inside));
  }
  return larger < p.n;
}`;

/**
 * Chooses the n largest of one group on the CPU, ties to the first: calls `visit` with each place of a group,
 * in order, and whether it stays.
 */
export function forGroup(
  keys: ArrayLike<number>,
  size: number,
  n: number,
  visit: (inside: number, stays: boolean) => void,
): void {
  for (let i = 0; i < size; i++) {
    let larger = 0;
    const own = keys[i]!;
    for (let j = 0; j < size; j++) larger += Number(keys[j]! > own || (keys[j] === own && j > i));
    visit(i, larger < n);
  }
}
