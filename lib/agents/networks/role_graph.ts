import { RangeError } from "../../errors.ts";

/** @throws RangeError where a role graph is no square of zeros and ones */
export function requireRoleGraph(roleGraph: readonly (readonly number[])[]): void {
  const size = roleGraph.length;
  const square = size > 0 && roleGraph.every((row) => row.length === size);
  if (square && roleGraph.flat().every((entry) => entry === 0 || entry === 1)) return;
  throw new RangeError(
    `Cannot build the network: expected a role graph of N rows with N zeros and ones each, found rows of ` +
      `${roleGraph.map((row) => row.length).join(", ") || "nothing"}`,
  );
}
