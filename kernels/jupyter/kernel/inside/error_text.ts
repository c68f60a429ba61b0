import { inCell } from "../in_cell.ts";

/**
 * What was thrown, as Deno writes what nothing catches: an error with the errors that it gathers, the places
 * in modules and cells that it came by, without those in Deno itself, and what it was caused by.
 */
export function errorText(thrown: unknown): string {
  return textOf(thrown, []);
}

/** The text of what was thrown, or of what an error gathers or was caused by; `above` are those around it. */
function textOf(thrown: unknown, above: readonly unknown[]): string {
  if (!(thrown instanceof globalThis.Error)) return Deno.inspect(thrown);
  if (above.includes(thrown)) return "[Circular]";
  const { name, message, stack = "", cause } = thrown;
  const within = (other: unknown) => textOf(other, [...above, thrown]);
  const { errors } = thrown as { errors?: unknown };
  const gathered = thrown instanceof AggregateError && Array.isArray(errors) ? errors.map(within) : [];
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line) && !/\((ext|node):/.test(line));
  return [
    message === "" ? name : `${name}: ${message}`,
    ...gathered.flatMap((text) => text.split("\n")).map((line) => `    ${line}`),
    ...frames.map(inCell),
    ...cause === undefined ? [] : [`Caused by: ${within(cause)}`],
  ].join("\n");
}
