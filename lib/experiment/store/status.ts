import { claimedUnits } from "./claims.ts";
import type { FailureRecord } from "./record.ts";
import { ifFound } from "../../files/not_found.ts";
import { openStore } from "./store.ts";

/** Contents of a store for one kind of units. */
export interface KindStatus {
  /** Name of the kind. */
  readonly kind: string;
  /** Units that have rows. */
  readonly done: number;
  /** Units that failed when they were run last. */
  readonly failed: number;
  /** How long the work took that is done, in seconds. */
  readonly seconds: number;
  /** When the last of it was finished: ISO 8601; absent where none is. */
  readonly newest?: string;
}

/** Contents of a store, kind by kind. */
export interface StoreStatus {
  /** Folder of the store. */
  readonly folder: string;
  /** One for each kind of which there is anything. */
  readonly kinds: readonly KindStatus[];
  /** Units that leaders are at, or hold for their workers, at this moment. */
  readonly underWay: number;
  /** Failures of units that have not succeeded since. */
  readonly failures: readonly FailureRecord[];
  /** Records that older versions wrote, which carry no checksum. */
  readonly withoutChecksum: number;
  /** Files that hold no record although they should, and why: what they were of is computed again. */
  readonly damaged: readonly string[];
  /** Bytes of all files. */
  readonly bytes: number;
}

/** Reads through a whole store. */
export async function storeStatus(folder?: string): Promise<StoreStatus> {
  const store = openStore(folder);
  const kinds = new Map<
    string,
    { kind: string; done: number; failed: number; seconds: number; newest?: string }
  >();
  const of = (kind: string) => {
    const known = kinds.get(kind) ?? { kind, done: 0, failed: 0, seconds: 0 };
    kinds.set(kind, known);
    return known;
  };
  const damaged: string[] = [];
  const tell = (problem: string) => void damaged.push(problem);
  let without = 0;
  for await (const { kind, seconds, when, withoutChecksum } of store.records(tell)) {
    if (withoutChecksum) without++;
    const status = of(kind);
    status.done++;
    status.seconds += seconds;
    if (!(status.newest && status.newest > when)) status.newest = when;
  }
  const failures = await Array.fromAsync(store.failures(tell));
  for (const { kind } of failures) of(kind).failed++;
  return {
    folder: store.folder,
    kinds: [...kinds.values()].sort((a, b) => a.kind < b.kind ? -1 : 1),
    underWay: (await claimedUnits(store.folder)).length,
    failures,
    withoutChecksum: without,
    damaged,
    bytes: await bytesBelow(store.folder),
  };
}

async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  for (const { name, isDirectory } of await ifFound(Array.fromAsync(Deno.readDir(folder))) ?? []) {
    bytes += isDirectory
      ? await bytesBelow(`${folder}/${name}`)
      : (await ifFound(Deno.lstat(`${folder}/${name}`)))?.size ?? 0;
  }
  return bytes;
}
