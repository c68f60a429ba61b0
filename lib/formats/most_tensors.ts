import type { Cursor } from "./archives/cursor.ts";

/** Tensors, or entries, of one file: twice as many as the largest networks have in all their files. */
const MOST_TENSORS = 200_000;

/**
 * Throws SyntaxError where a file holds more tensors than any network has, before work is done for each of
 * them.
 */
export function requireFew(count: number, place: Pick<Cursor, "fail">): void {
  if (count <= MOST_TENSORS) return;
  throw place.fail(
    `found ${count} tensors or entries; no network has more than ${MOST_TENSORS} in one file`,
    0,
  );
}
