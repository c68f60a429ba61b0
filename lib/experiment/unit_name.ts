import { Error } from "../errors.ts";
import { canonicalJson } from "../files/canonical_json.ts";
import { textDigest } from "../files/digest.ts";
import type { Unit } from "./unit.ts";
import { NotFoundError } from "../files/not_found.ts";

/** Everything that a unit's result depends on beside its spec. */
export interface Circumstances {
  /** The engine that computes: native code and WebAssembly differ in the last bits. */
  readonly engine: string;
  /** The machine, in words; only timings depend on it. */
  readonly machine: string;
  /**
   * SHA-256 of each data set that a unit reads, by its name; why there is none, where it is not on this
   * machine.
   */
  readonly digests: Readonly<Record<string, string | Error>>;
}

/**
 * The name under which a unit's result is kept: SHA-256, in hex, of everything the result follows from: kind
 * and its version, canonical spec, the names of what it needs, digests of its data, the engine, and for
 * timings the machine.
 *
 * @param needs the names of what it needs, by role
 * @throws TypeError where the spec is not plain JSON
 */
export function unitName(
  unit: Unit,
  needs: Readonly<Record<string, string>>,
  circumstances: Circumstances,
): string {
  const { kind, spec } = unit;
  return textDigest(canonicalJson({
    kind: kind.name,
    version: kind.version,
    spec,
    needs,
    data: dataOf(unit, circumstances),
    engine: circumstances.engine,
    machine: kind.timing ? circumstances.machine : undefined,
  }, kind.name));
}

/**
 * The digest of each data set that a unit reads.
 *
 * @throws why a data set that is there cannot be read
 */
export function dataOf({ kind, spec }: Unit, { digests }: Circumstances): Record<string, string> {
  return Object.fromEntries((kind.data?.(spec) ?? []).map((name) => {
    const digest = digests[name];
    if (digest === undefined) throw new Error(`Cannot name a unit of ${kind.name}: no digest of ${name}`);
    if (typeof digest === "string") return [name, digest];
    // What is there and cannot be read must not be taken for what is not there.
    if (!(digest instanceof NotFoundError)) throw digest;
    return [name, "not on this machine"];
  }));
}
