/**
 * The language's errors, whose messages show no control characters: names from strangers' files come into
 * them, and an escape sequence would reach the terminal that an error ends in. All code of the library makes
 * its errors of these; they stay `instanceof` the language's own, and those `instanceof` them.
 */
import { printable } from "./printable.ts";

/** What caused an error; where its message has control characters, a copy without them. */
function shown(cause: unknown): unknown {
  if (!(cause instanceof globalThis.Error)) return cause;
  const own = { message: printable(cause.message), cause: shown(cause.cause) };
  if (own.message === cause.message && own.cause === cause.cause) return cause;
  const fields = { ...own, stack: printable(`${cause.stack}`) };
  return Object.create(
    cause,
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value, writable: true }])),
  );
}

/** One of the language's constructors of errors, whose messages are {@linkcode printable}. */
function printing<Native extends ErrorConstructor>(native: Native): Native {
  function PrintableError(message?: string, options?: ErrorOptions): Error {
    return Reflect.construct(
      native,
      [
        message === undefined ? undefined : printable(`${message}`),
        options && "cause" in options ? { ...options, cause: shown(options.cause) } : options,
      ],
      new.target ?? native,
    );
  }
  Object.defineProperty(PrintableError, "name", { value: native.name });
  // One prototype for both, so that neither `instanceof` nor a message tells them apart.
  PrintableError.prototype = native.prototype;
  return Object.setPrototypeOf(PrintableError, native);
}

/** The language's Error, with a message that can be shown. */
export const Error: ErrorConstructor = printing(globalThis.Error);
/** The language's RangeError, with a message that can be shown. */
export const RangeError: RangeErrorConstructor = printing(globalThis.RangeError);
/** The language's SyntaxError, with a message that can be shown. */
export const SyntaxError: SyntaxErrorConstructor = printing(globalThis.SyntaxError);
/** The language's TypeError, with a message that can be shown. */
export const TypeError: TypeErrorConstructor = printing(globalThis.TypeError);
