import { RangeError } from "../../errors.ts";

/** Throws RangeError where the share of a table that is to stay is none. */
export function requireShare(method: string, share: number): void {
  if (share > 0 && share <= 1) return;
  throw new RangeError(
    `Cannot make a table smaller by ${method} to a share of ${share}: expected more than 0, and at most 1`,
  );
}
