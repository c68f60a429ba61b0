import type { Record } from "./record.ts";
import type { Store } from "./store.ts";
import type { Task, UnitFailure } from "./task.ts";
import type { Unit } from "./unit.ts";
import { productFile } from "./work.ts";

/** What a run gave. */
export interface Results<Row> {
  /** Rows of all units that were asked for and did not fail, in the order of the units. */
  readonly rows: readonly Row[];
  /** Rows of one unit; none where it failed. */
  rowsOf<R>(unit: Unit<never, R>): readonly R[];
  /**
   * The bytes of what a unit made; by default of its only product.
   *
   * @throws Error where the unit is none of this run's, failed, or has no such product
   */
  product(unit: Unit<never>, name?: string): Promise<Uint8Array>;
  /** Units without rows, and why. */
  readonly failures: readonly UnitFailure[];
  /** How many of the units' results were known before, and how many were computed now, what they need included. */
  readonly fromStore: number;
  readonly computed: number;
  /** When the oldest and the newest of the rows were computed: ISO 8601; absent where there are none. */
  readonly when?: { readonly oldest: string; readonly newest: string };
}

/** A run's results. */
export function results<Row>(
  asked: readonly Task[],
  all: ReadonlyMap<Unit, Task>,
  { store, ...counts }: { store: Store } & Pick<Results<Row>, "failures" | "fromStore" | "computed">,
): Results<Row> {
  const times = asked.flatMap(({ record }) => record?.when ?? []).sort();
  const recordOf = (unit: Unit<never>): Record | undefined => {
    const task = all.get(unit as Unit);
    if (!task) {
      throw new Error(`Cannot find the results of a unit of ${unit.kind.name}: the run was not asked for it`);
    }
    return task.record;
  };
  return {
    ...counts,
    rows: asked.flatMap(({ record }) => (record?.rows ?? []) as Row[]),
    rowsOf: <R>(unit: Unit<never, R>) => (recordOf(unit)?.rows ?? []) as R[],
    async product(unit, name) {
      const record = recordOf(unit);
      if (!record) {
        throw new Error(`Cannot get what ${unit.kind.name} makes: the unit failed; the run says why`);
      }
      return await store.product(productFile(record, name));
    },
    ...times.length > 0 && { when: { oldest: times[0]!, newest: times.at(-1)! } },
  };
}
