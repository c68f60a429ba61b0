import { Error } from "../../errors.ts";
import { openJson } from "../../files/checksum.ts";
import { anything, dictionary, fields, list, number, type Schema, text } from "../../files/schema.ts";

/** Record of a unit that was done. */
export interface UnitRecord {
  /** The name that it is kept under. */
  readonly name: string;
  /** Name of its kind. */
  readonly kind: string;
  /** Version of its kind. */
  readonly version: number;
  /** Description of the unit, in words, from its kind. */
  readonly label: string;
  /** Settings of the unit, as its kind reads them. */
  readonly spec: unknown;
  /** Names of the units that it needed, by role. */
  readonly needs: Readonly<{ [role: string]: string }>;
  /** SHA-256 of each data set that it read, by name. */
  readonly data: Readonly<{ [name: string]: string }>;
  /** The engine that computed. */
  readonly engine: string;
  /** Machine on which the unit was computed. */
  readonly machine: string;
  /** Time when the unit was finished: ISO 8601, UTC. */
  readonly when: string;
  /** How long the work took. */
  readonly seconds: number;
  /** Rows that the unit gave. */
  readonly rows: readonly unknown[];
  /** Files of the store's folder of products, by their name. */
  readonly products: Readonly<{ [name: string]: string }>;
  /** `true` where the file that it was read from is of an older version, which carries no checksum. */
  readonly withoutChecksum?: true;
}

/** Record of a unit that failed, until it succeeds. */
export interface FailureRecord {
  /** The name that it is kept under. */
  readonly name: string;
  /** Name of its kind. */
  readonly kind: string;
  /** Description of the unit, in words, from its kind. */
  readonly label: string;
  /** Settings of the unit, as its kind reads them. */
  readonly spec: unknown;
  /** Time when the unit failed: ISO 8601, UTC. */
  readonly when: string;
  /** The whole message. */
  readonly error: string;
  /** Stack where the error was thrown. */
  readonly stack: string;
  /** `true` as in a {@linkcode UnitRecord}. */
  readonly withoutChecksum?: true;
}

const RECORD = fields({
  name: text,
  kind: text,
  version: number,
  label: text,
  spec: anything,
  needs: dictionary(text),
  data: dictionary(text),
  engine: text,
  machine: text,
  when: text,
  seconds: number,
  rows: list(anything),
  products: dictionary(text),
});

const FAILURE = fields({
  name: text,
  kind: text,
  label: text,
  spec: anything,
  when: text,
  error: text,
  stack: text,
});

/**
 * Reads a record.
 *
 * @returns in words why it is none: a machine lost power over the file, or it was damaged
 */
export function parseRecord(text: string, name: string): UnitRecord | string {
  return parse<UnitRecord>(RECORD, text, name);
}

/** Reads what is kept of a failure, as {@linkcode parseRecord} does. */
export function parseFailure(text: string, name: string): FailureRecord | string {
  return parse<FailureRecord>(FAILURE, text, name);
}

function parse<T>(schema: Schema, text: string, name: string): T | string {
  try {
    const { value, checked } = openJson(text);
    const problem = schema(value);
    if (problem !== undefined) return problem;
    const { name: own } = value as { name: string };
    if (own !== name) return `it is of another unit, ${own}`;
    return checked ? value as T : { ...value as T, withoutChecksum: true };
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * The file of a product; by default of the only one.
 *
 * @throws Error where there is none of that name, or no name and several
 */
export function productFile(
  { label, products }: Pick<UnitRecord, "label" | "products">,
  name?: string,
): string {
  const names = Object.keys(products);
  const chosen = name ?? (names.length === 1 ? names[0]! : undefined);
  if (chosen === undefined || !Object.hasOwn(products, chosen)) {
    throw new Error(
      `Cannot get ${name === undefined ? "the product" : `"${name}"`} of ${label}: it has ${
        names.join(", ") || "no products"
      }`,
    );
  }
  return products[chosen]!;
}
