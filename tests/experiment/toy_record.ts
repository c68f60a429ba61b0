import type { UnitRecord } from "../../lib/experiment/mod.ts";

/** The record of a unit that was done. */
export const TOY_RECORD: UnitRecord = {
  name: "ab".repeat(32),
  kind: "toy/kind",
  version: 1,
  label: "a toy",
  spec: { a: 1 },
  needs: {},
  data: {},
  engine: "native",
  machine: "this one",
  when: "2026-01-01T00:00:00.000Z",
  seconds: 1,
  rows: [{ x: 0.1 + 0.2, y: [1, 2, 3] }],
  products: {},
};
