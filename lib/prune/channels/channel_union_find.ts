import { RangeError } from "../../errors.ts";

/**
 * The positions along an axis, each named by its atom: a channel as one tensor knows it. Positions whose
 * atoms were joined leave together. A negative label stands at a position that cannot leave, see {@linkcode
 * ChannelUnionFind.stay}.
 */
export type ChannelIds = Int32Array;

/**
 * Positions along one axis that are followed: what they take, in memory and time, is a multiple of their
 * number.
 */
const MOST_POSITIONS = 2 ** 26;

/** Throws RangeError where an axis is longer than can be followed; `where` names the node and its shape. */
export function requireFollowable(positions: number, where: () => string): void {
  if (positions <= MOST_POSITIONS) return;
  throw new RangeError(
    `Cannot follow channels through ${where()}: expected at most ${MOST_POSITIONS} positions along one axis, found ` +
      `${positions}; give smaller input shapes`,
  );
}

/** Disjoint sets of atoms (union by index with path halving), and why some of them must stay. */
export class ChannelUnionFind {
  #parent = new Int32Array(1024);
  #count = 1;
  readonly #kept: { labels: ChannelIds; reason: string }[] = [];
  readonly #reasons: string[] = [""];
  readonly #labelOf = new Map<string, number>();

  /** One more than the number of atoms so far: they are numbered from 1. */
  get count(): number {
    return this.#count;
  }

  /** New atoms, one per position. */
  fresh(length: number): ChannelIds {
    if (this.#count + length > this.#parent.length) {
      const grown = new Int32Array(2 * (this.#count + length));
      grown.set(this.#parent);
      this.#parent = grown;
    }
    const labels = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      labels[i] = this.#count;
      this.#parent[this.#count] = this.#count++;
    }
    return labels;
  }

  /** The label of positions that are no channels and stay for this reason: negative, one per reason. */
  stay(reason: string): number {
    let label = this.#labelOf.get(reason);
    if (label === undefined) this.#labelOf.set(reason, label = 1 - this.#reasons.push(reason));
    return label;
  }

  /** The atom that stands for all that were joined with this one; a label of positions that stay, itself. */
  find(atom: number): number {
    if (atom < 0) return atom;
    const parent = this.#parent;
    while (parent[atom] !== atom) {
      parent[atom] = parent[parent[atom]!]!;
      atom = parent[atom]!;
    }
    return atom;
  }

  /** Makes two atoms leave together from now on; where one stays, so does the other, for the same reason. */
  join(a: number, b: number): void {
    if (a < 0 || b < 0) {
      if (Math.max(a, b) > 0) this.keep(Int32Array.of(Math.max(a, b)), this.#reasons[-Math.min(a, b)]!);
      return;
    }
    const [x, y] = [this.find(a), this.find(b)];
    // The older atom stands for both, so numbering follows the order of the graph.
    if (x < y) this.#parent[y] = x;
    else this.#parent[x] = y;
  }

  /** Position by position. */
  joinAll(a: ChannelIds, b: ChannelIds): void {
    if (a === b) return;
    for (let i = 0; i < a.length; i++) this.join(a[i]!, b[i]!);
  }

  /** Marks channels that must stay. */
  keep(labels: ChannelIds, reason: string): void {
    this.#kept.push({ labels, reason });
  }

  /** Why atoms must stay: reasons, in the order they were found, by the atom that stands for them. */
  kept(): Map<number, Set<string>> {
    const reasons = new Map<number, Set<string>>();
    for (const { labels, reason } of this.#kept) {
      for (const label of labels) {
        if (label < 0) continue;
        const atom = this.find(label);
        const set = reasons.get(atom);
        if (set) set.add(reason);
        else reasons.set(atom, new Set([reason]));
      }
    }
    return reasons;
  }
}
