/** Record of a unit that was done. */
export interface Record {
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
}

/**
 * Reads a record.
 *
 * @returns nothing where the text is none: a file that a machine lost power over
 */
export function parseRecord(text: string, name: string): Record | undefined {
  let value: Partial<Record> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const whole = typeof value === "object" && value !== null && value.name === name &&
    Array.isArray(value.rows) &&
    typeof value.when === "string" && typeof value.products === "object" && value.products !== null;
  return whole ? value as Record : undefined;
}

/**
 * The file of a product; by default of the only one.
 *
 * @throws Error where there is none of that name, or no name and several
 */
export function productFile({ label, products }: Pick<Record, "label" | "products">, name?: string): string {
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

/**
 * Reads what is kept of a failure.
 *
 * @returns nothing where the text is none: a file that a machine lost power over
 */
export function parseFailure(text: string, name: string): FailureRecord | undefined {
  try {
    const value = JSON.parse(text) as Partial<FailureRecord> | null;
    return value?.name === name && typeof value.kind === "string" ? value as FailureRecord : undefined;
  } catch {
    return undefined;
  }
}
