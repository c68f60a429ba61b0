import { type Given, UsageError } from "./command.ts";
import { textOf } from "./values.ts";

const COUNTS = { k: 1e3, M: 1e6, G: 1e9 } as const;

/** What amounts of each cost may end in, from small to large, and what numbers are multiplied by then. */
const UNITS = {
  macs: COUNTS,
  parameters: COUNTS,
  bytes: { kB: 1e3, MB: 1e6, GB: 1e9 },
  latency: { ms: 1, s: 1000 },
} as const satisfies Record<string, Readonly<Record<string, number>>>;

/** What a model can be asked to take less of. */
export type Cost = keyof typeof UNITS;

/** All of them. */
export const COSTS = Object.keys(UNITS) as readonly Cost[];

/** What numbers in a unit are multiplied by; `K` is taken for `k`, as it is typed for it. */
const timesOf = (cost: Cost, unit: string): number | undefined =>
  new Map<string, number>(Object.entries(UNITS[cost])).get(unit.replace(/^K/, "k"));

/** An amount of a cost, or a part of it: `0.5` and `50%` are parts, `3ms`, `1.5G` and `4MB` amounts. */
export function amountOf(given: Given, cost: Cost): { absolute: boolean; value: number } | undefined {
  const text = textOf(given, cost);
  if (text === undefined) return undefined;
  const [, number, unit = ""] = text.match(/^(\d*\.?\d+(?:e[+-]?\d+)?)\s*(%|[a-zA-Z]*)$/) ?? [];
  const times = timesOf(cost, unit);
  if (number === undefined || (times === undefined && unit !== "" && unit !== "%")) {
    const units = Object.keys(UNITS[cost]);
    throw new UsageError(
      `Cannot read --${cost} ${text}: expected a part such as 0.5 or 50%, or an amount in ` +
        `${units.join(", ")}, such as 3${units[0]}`,
    );
  }
  const absolute = times !== undefined;
  const value = absolute ? Number(number) * times : Number(number) / (unit === "%" ? 100 : 1);
  if (value > 0 && (absolute || value <= 1)) return { absolute, value };
  throw new UsageError(
    `Cannot keep ${text} of ${cost}: expected something above 0, and of a part at most all of it, 1 or 100%`,
  );
}

/** An amount of a cost, in the unit of one that was typed; where that says little, in a smaller one. */
export function amountText(value: number, typed: string, cost: Cost): string {
  const unit = typed.match(/[a-zA-Z]+$/)?.[0] ?? "";
  const times = timesOf(cost, unit) ?? 1;
  if (value >= times / 100) return `${fourDigits(value / times)}${unit}`;
  const units = Object.entries(UNITS[cost]);
  const [smaller] = units.findLast(([, size]) => size <= value) ?? [];
  if (smaller !== undefined) return amountText(value, smaller, cost);
  // Counts stand without a unit, milliseconds do not.
  return `${fourDigits(value)}${units.find(([, size]) => size === 1)?.[0] ?? ""}`;
}

/** A number above 0 in four digits, and at least as large: what is named as the least can be asked for. */
function fourDigits(value: number): number {
  const rounded = Number(value.toPrecision(4));
  return rounded >= value
    ? rounded
    : Number((rounded + 10 ** (Math.floor(Math.log10(value)) - 3)).toPrecision(4));
}
