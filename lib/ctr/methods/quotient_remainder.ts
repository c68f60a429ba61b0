import { requireNumbers } from "../../bounds.ts";
import { requireOptions } from "../../options.ts";
import { countRows } from "../clicks.ts";
import { quotientRemainderSizes, quotientRemainderTable } from "../tables/quotient_remainder_table.ts";
import type { TableMethod } from "./method.ts";

/**
 * Quotient-remainder hashing: ids share vectors from the start, and nothing is learned about which; so many
 * ids to a remainder.
 *
 * Source: Shi and others, KDD 2020.
 */
export function quotientRemainder(options: { collisions?: number } = {}): TableMethod {
  requireOptions("quotientRemainder", options, { collisions: true });
  const { collisions = 4 } = options;
  requireNumbers("make a table smaller by QR hashing", { collisions }, { whole: true, from: 2 });
  return {
    name: `QR hashing(${collisions})`,
    choose({ log: { train: { fields } }, features }) {
      const { remainders, quotients } = quotientRemainderSizes(fields, collisions);
      const rows = [...remainders, ...quotients].reduce((a, b) => a + b);
      return Promise.resolve({
        mask: new Uint8Array(countRows(fields) * features).fill(1),
        table: quotientRemainderTable({ collisions }),
        numbers: rows * features,
      });
    },
  };
}
