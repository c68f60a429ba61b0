/**
 * Records by names that come from a file or a caller. Such a name may be one that every object inherits
 * (`valueOf`, `constructor`, `__proto__`), so it is looked up among a record's own entries only, and written
 * to records that inherit nothing.
 */

/** The record's own entry of this name. */
export function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A record without entries, which inherits none either: every name can be assigned to. */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null);
}
