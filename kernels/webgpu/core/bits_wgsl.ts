import { entry, THREADS } from "./wgsl.ts";

/** Bits of a word of a mask. */
export const WORD = 32;

/** Elements whose bits one workgroup writes: a word for each of its threads. */
export const BITS_PER_WORKGROUP = THREADS * WORD;

/**
 * The body of a shader that writes a bit for each element i below `p.count` into `bits`, from word `p.bits`
 * on: what `stays(i) -> bool` says, which the shader declares.
 *
 * Neighbouring threads look at neighbouring elements, so each keeps the bits of a column; the words are its
 * rows.
 */
export const WRITE_BITS = `
var<workgroup> columns: array<u32, ${THREADS}>;
${entry()}
  var column = 0u;
  for (var row = 0u; row < ${WORD}u; row++) {
    let i = group * ${BITS_PER_WORKGROUP}u + row * ${THREADS}u + thread;
    if (i < p.count && stays(i)) { column |= 1u << row; }
  }
  columns[thread] = column;
  workgroupBarrier();
  var word = 0u;
  for (var turn = 0u; turn < ${WORD}u; turn++) {
    let bit = (thread + turn) % ${WORD}u; // not all threads at one bank of memory
    word |= ((columns[thread % 8u * ${WORD}u + bit] >> (thread / 8u)) & 1u) << bit;
  }
  let place = group * ${THREADS}u + thread;
  if (place < (p.count + ${WORD - 1}u) / ${WORD}u) { bits[p.bits + place] = word; }
}`;
