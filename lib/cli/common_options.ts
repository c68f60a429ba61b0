import { type Limits, limits, setLimits } from "../limits.ts";
import { type CliOption, type Given, UsageError } from "./command.ts";

/** Options of every command. */
export const COMMON_OPTIONS: readonly CliOption[] = [
  { flags: "--json", about: "answer with JSON" },
  {
    flags: "--limit <name=value>",
    about: `sets what files and options may ask for at most: ${Object.keys(limits()).join(", ")}`,
    many: true,
  },
];

/**
 * Does something under the limits that were typed; those of before hold again after it.
 *
 * @throws {UsageError} where there is no such limit, or its value is no number above 0
 */
export async function underLimits<T>(given: Given, work: () => Promise<T>): Promise<T> {
  const typed = limitsOf(given);
  const before = Object.fromEntries(Object.entries(limits()).filter(([name]) => Object.hasOwn(typed, name)));
  setLimits(typed);
  try {
    return await work();
  } finally {
    setLimits(before);
  }
}

function limitsOf({ limit = [] }: Given): Partial<Limits> {
  return Object.fromEntries(
    [limit].flat().map((text) => {
      const [, name = "", value = ""] = `${text}`.match(/^(\w+)=(\S+)$/) ?? [];
      if (Object.hasOwn(limits(), name) && Number(value) > 0) return [name, Number(value)];
      throw new UsageError(
        `Cannot read --limit ${text}: expected one of ${
          Object.keys(limits()).join(", ")
        }, and a number above 0, as ` +
          "in --limit parameters=4e9",
      );
    }),
  );
}
