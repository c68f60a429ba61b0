import { Error } from "../errors.ts";
import type { Plan } from "./plan.ts";
import { productFile, type UnitRecord } from "./store/record.ts";
import { nameOf, type UnitFailure } from "./task.ts";
import type { Unit } from "./unit.ts";

/** Results of a run. */
export interface Results<Row> {
  /** Rows of all units that were asked for and did not fail, in the order of the units. */
  readonly rows: readonly Row[];
  /** Rows of one unit; none where it failed. */
  rowsOf<R>(unit: Unit<unknown, R>): readonly R[];
  /**
   * The bytes of what a unit made; by default of its only product.
   *
   * @throws Error where the unit is none of this run's, failed, or has no such product
   */
  product(unit: Unit, name?: string): Promise<Uint8Array>;
  /** Units without rows, and why. */
  readonly failures: readonly UnitFailure[];
  /** How many of the units' results were known before. */
  readonly fromStore: number;
  /** How many units were computed now, what others need included. */
  readonly computed: number;
  /** When the oldest and the newest of the rows were computed: ISO 8601; absent where there are none. */
  readonly when?: { readonly oldest: string; readonly newest: string } | undefined;
}

/** The results of a plan that was carried out; so many of its units had been known before. */
export function resultsOf<Row>(
  { asked, taskOf, wanted, store, circumstances }: Plan,
  fromStore: number,
): Results<Row> {
  const times = asked.flatMap(({ record }) => record?.when ?? []).sort();
  const named = new Map([...taskOf.values()].map((task) => [task.name, task]));
  const recordOf = (unit: Unit): UnitRecord | undefined => {
    // A unit is its data: one that was made anew is the same.
    const task = taskOf.get(unit) ?? named.get(nameOf(unit, circumstances));
    if (!task) {
      throw new Error(`Cannot find the results of a unit of ${unit.kind.name}: the run was not asked for it`);
    }
    return task.record;
  };
  return {
    rows: asked.flatMap(({ record }) => (record?.rows ?? []) as Row[]),
    rowsOf: <R>(unit: Unit<unknown, R>) => (recordOf(unit)?.rows ?? []) as R[],
    async product(unit, name) {
      const record = recordOf(unit);
      if (!record) {
        throw new Error(`Cannot get what ${unit.kind.name} makes: the unit failed; the run says why`);
      }
      return await store.product(productFile(record, name));
    },
    failures: [...wanted].flatMap(({ failure }) => failure ?? []),
    fromStore,
    computed: [...wanted].filter(({ record }) => record).length,
    when: times.length > 0 ? { oldest: times[0]!, newest: times.at(-1)! } : undefined,
  };
}
