import { SyntaxError } from "../errors.ts";

/**
 * Shapes of what is read from files: each says where a value is not as it should be, and why. Every own name
 * is looked at, also those that objects inherit, which schema libraries leave out.
 */
export type Schema = (value: unknown, at?: string) => string | undefined;

/** Place of a part of a value: `rows[3].name`. */
const within = (at: string, key: string | number) =>
  typeof key === "number" ? `${at}[${key}]` : /^[\w$]+$/.test(key) ? (at ? `${at}.${key}` : key) : at +
    `[${JSON.stringify(key)}]`;

const kindOf = (value: unknown) => value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;

/** A value that passes a test, in words: `a number from 0`. */
export function scalar(expected: string, test: (value: unknown) => boolean): Schema {
  return (value, at = "") => {
    if (test(value)) return undefined;
    const found = typeof value === "number" ? `${value}` : kindOf(value);
    return `${at || "it"} should be ${expected}, found ${found}`;
  };
}

/** Anything that is there. */
export const anything: Schema = scalar("there", (value) => value !== undefined);

/** A text. */
export const text: Schema = scalar("a text", (value) => typeof value === "string");

/** True or false. */
export const boolean: Schema = scalar("true or false", (value) => typeof value === "boolean");

/** A finite number. */
export const number: Schema = scalar("a number", Number.isFinite);

/** A whole number from 0. */
export const count: Schema = scalar(
  "a whole number from 0",
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);

/** One of these texts. */
export function oneOf(...texts: readonly string[]): Schema {
  return scalar(`one of ${texts.join(", ")}`, (value) => texts.includes(value as string));
}

/** A list, all of whose items have a shape. */
export function list(item: Schema): Schema {
  return (value, at = "") => {
    if (!Array.isArray(value)) return `${at || "it"} should be a list, found ${kindOf(value)}`;
    return firstProblem(value.map((part, i) => [i, part]), item, at);
  };
}

/** An object with any names, all of whose values have a shape. */
export function dictionary(item: Schema): Schema {
  return (value, at = "") => notObject(value, at) ?? firstProblem(Object.entries(value as object), item, at);
}

/** An object with at least these fields; the second ones may be absent. */
export function fields(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return (value, at = "") => {
    const problem = notObject(value, at);
    if (problem !== undefined) return problem;
    const own = (name: string) => Object.hasOwn(value as object, name) ? (value as never)[name] : undefined;
    for (const [name, schema] of Object.entries(required)) {
      const found = schema(own(name), within(at, name));
      if (found !== undefined) return own(name) === undefined ? `${within(at, name)} is missing` : found;
    }
    for (const [name, schema] of Object.entries(optional)) {
      const found = own(name) === undefined ? undefined : schema(own(name), within(at, name));
      if (found !== undefined) return found;
    }
  };
}

/** A value of a shape, or `null`. */
export function nullable(schema: Schema): Schema {
  return (value, at) => value === null ? undefined : schema(value, at);
}

/** A value that has one of several shapes; the last one's problem is told. */
export function either(...schemas: readonly Schema[]): Schema {
  return (value, at) => {
    const problems = schemas.map((schema) => schema(value, at));
    return problems.includes(undefined) ? undefined : problems.at(-1);
  };
}

/**
 * The value, whose shape is right.
 *
 * @param what was tried, for the error: `read the record of a.json`
 * @throws SyntaxError naming the field that is not as it should be
 */
export function requireShape<T>(schema: Schema, value: unknown, what: string): T {
  const problem = schema(value);
  if (problem === undefined) return value as T;
  throw new SyntaxError(`Cannot ${what}: ${problem}`);
}

/**
 * What a JSON text holds, whose shape is right.
 *
 * @param what was tried, for the error: `read the settings of a.json`
 * @throws SyntaxError where it is no JSON, or naming the field that is not as it should be
 */
export function parseShape<T>(text: string, schema: Schema, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot ${what}: it is no JSON, ${(error as Error).message}`, { cause: error });
  }
  return requireShape<T>(schema, value, what);
}

function notObject(value: unknown, at: string): string | undefined {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return undefined;
  return `${at || "it"} should be an object, found ${kindOf(value)}`;
}

function firstProblem(
  entries: readonly (readonly [string | number, unknown])[],
  schema: Schema,
  at: string,
): string | undefined {
  for (const [key, part] of entries) {
    const problem = schema(part, within(at, key));
    if (problem !== undefined) return problem;
  }
}
