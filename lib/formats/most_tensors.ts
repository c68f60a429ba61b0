import { limits, raised } from "../limits.ts";
import type { Cursor } from "./archives/cursor.ts";

/**
 * Throws SyntaxError where a file holds more tensors than any network has, before work is done for each of
 * them.
 */
export function requireFew(count: number, place: Pick<Cursor, "fail">): void {
  const { tensors } = limits();
  if (count <= tensors) return;
  throw place.fail(
    `found ${count} tensors or entries; no network has more than ${tensors} in one file, ${
      raised("tensors")
    }`,
    0,
  );
}
