/** A damaged copy of a file, and what was done to it. */
export interface Mutation {
  what: string;
  bytes: Uint8Array;
}

/** Whole numbers below a bound, from a seed: xorshift32, so that a failure can be repeated. */
export function dice(seed: number): (bound: number) => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) >>> 0) || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/** A place in a file, nearer to its begin than to its end: headers are where the structure is. */
function place(roll: (bound: number) => number, length: number): number {
  return roll(2) === 0 ? roll(Math.max(1, Math.min(length, 512))) : roll(Math.max(1, length));
}

/** Makes a damaged copy, by dice. */
export type Damage = (bytes: Uint8Array, roll: (bound: number) => number) => Mutation;

/** Numbers that lengths and counts are blown up to. */
const HUGE = [0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const damages: readonly Damage[] = [
  function truncate(bytes, roll) {
    const length = roll(2) === 0 ? roll(bytes.length) : Math.max(0, bytes.length - 1 - roll(64));
    return { what: `cut to ${length} bytes`, bytes: bytes.slice(0, length) };
  },
  function flipBits(bytes, roll) {
    const copy = bytes.slice();
    const flipped: string[] = [];
    for (let i = 1 + roll(4); i > 0; i--) {
      const [at, bit] = [place(roll, copy.length), roll(8)];
      copy[at] = (copy[at] ?? 0) ^ (1 << bit);
      flipped.push(`${at}.${bit}`);
    }
    return { what: `bits flipped: ${flipped.join(" ")}`, bytes: copy };
  },
  function overwrite(bytes, roll) {
    const copy = bytes.slice();
    const [at, count] = [place(roll, copy.length), 1 + roll(16)];
    for (let i = at; i < Math.min(at + count, copy.length); i++) copy[i] = roll(256);
    return { what: `${count} bytes overwritten at ${at}`, bytes: copy };
  },
  function blowUp(bytes, roll) {
    const copy = bytes.slice();
    const [at, value] = [place(roll, copy.length), HUGE[roll(HUGE.length)]!];
    const bigEndian = roll(2) === 0;
    const number = new Uint8Array(4);
    new DataView(number.buffer).setUint32(0, value, !bigEndian);
    copy.set(number.subarray(0, Math.max(0, Math.min(4, copy.length - at))), at);
    return { what: `32-bit ${value} written at ${at}, ${bigEndian ? "big" : "little"}-endian`, bytes: copy };
  },
  function blowUpVarint(bytes, roll) {
    const copy = bytes.slice();
    const [at, count] = [place(roll, copy.length), 1 + roll(10)];
    for (let i = at; i < Math.min(at + count, copy.length); i++) copy[i] = 0xff;
    return { what: `${count} bytes of ff at ${at}`, bytes: copy };
  },
  function insert(bytes, roll) {
    const [at, count] = [place(roll, bytes.length), 1 + roll(8)];
    const copy = new Uint8Array(bytes.length + count);
    copy.set(bytes.subarray(0, at));
    for (let i = 0; i < count; i++) copy[at + i] = roll(256);
    copy.set(bytes.subarray(at), at + count);
    return { what: `${count} bytes inserted at ${at}`, bytes: copy };
  },
  function remove(bytes, roll) {
    const [at, count] = [place(roll, bytes.length), 1 + roll(32)];
    const copy = new Uint8Array(Math.max(0, bytes.length - count));
    copy.set(bytes.subarray(0, Math.min(at, copy.length)));
    if (at + count < bytes.length) copy.set(bytes.subarray(at + count), at);
    return { what: `${count} bytes removed at ${at}`, bytes: copy };
  },
  function repeat(bytes, roll) {
    const copy = bytes.slice();
    const [from, to] = [place(roll, copy.length), place(roll, copy.length)];
    const count = Math.min(1 + roll(64), copy.length - Math.max(from, to));
    copy.copyWithin(to, from, from + count);
    return { what: `${count} bytes of ${from} copied over ${to}`, bytes: copy };
  },
];

/**
 * Damaged copies of a file: cut, with bits flipped, bytes overwritten, lengths blown up, bytes inserted,
 * removed and repeated. The same seed gives the same ones.
 *
 * @param special is done to every second one instead
 */
export function* mutations(
  bytes: Uint8Array,
  count: number,
  seed = 0,
  special?: Damage,
): Iterable<Mutation> {
  for (let i = 0; i < count; i++) {
    const roll = dice(seed * 1_000_003 + i);
    const plain = damages[(special ? i >> 1 : i) % damages.length]!;
    const { what, bytes: damaged } = (special && i % 2 === 1 ? special : plain)(bytes, roll);
    yield { what: `mutation ${i} of seed ${seed}: ${what}`, bytes: damaged };
  }
}
