import { createHash } from "node:crypto";
import { join } from "node:path";
import { VERSION } from "../../lib/version.ts";
import { EXPORTERS, type Peer, type PeerResult, PEERS, type ZooResult } from "./zoo.ts";

/** What became of the zoo. */
export interface ZooRows {
  /** A row for each architecture and exporter. */
  ours: ZooResult[];
  /** A row for each architecture and other program. */
  peers: PeerResult[];
  /** The days on which rows were made, as 2026-11-29, in order. */
  days: string[];
}

interface Stored<Row> {
  /** What it was made with. */
  version: string;
  /** The day it was made. */
  day: string;
  row: Row;
}

/** Rows of another version than this are made anew: Espalier's, and a hash of the Python packages'. */
export async function zooVersion(): Promise<string> {
  const listed = await Deno.readTextFile(new URL("requirements.txt", import.meta.url));
  return `${VERSION} ${createHash("sha256").update(listed).digest("hex").slice(0, 8)}`;
}

/** Rows in a folder, a file each, written as they are made. */
export async function openRows(folder: string, version: string): Promise<{
  /** Makes a row, unless it is there already; `again` makes it in any case. */
  keep(name: string, who: string, again: boolean, make: () => Promise<ZooResult | PeerResult>): Promise<void>;
  /** The rows of these architectures that are there. */
  all(names: readonly string[]): Promise<ZooRows>;
}> {
  await Deno.mkdir(folder, { recursive: true });
  const pathOf = (name: string, who: string) => join(folder, `${name}.${who}.json`);
  const read = async <Row>(name: string, who: string): Promise<Stored<Row> | undefined> => {
    try {
      const stored = JSON.parse(await Deno.readTextFile(pathOf(name, who))) as Stored<Row>;
      return stored.version === version ? stored : undefined;
    } catch {
      return undefined; // none, or half written
    }
  };
  return {
    async keep(name, who, again, make) {
      if (!again && await read(name, who)) return;
      console.error(`${name}, ${who}`);
      const row = await make();
      const stored = { version, day: new Date().toISOString().slice(0, 10), row };
      await Deno.writeTextFile(pathOf(name, who), JSON.stringify(stored, null, 2) + "\n");
    },
    async all(names) {
      const of = async <Row>(whose: readonly string[]) =>
        (await Promise.all(names.flatMap((name) => whose.map((who) => read<Row>(name, who)))))
          .filter((stored) => stored !== undefined);
      const ours = await of<ZooResult>(EXPORTERS);
      const peers = await of<PeerResult>(Object.keys(PEERS) as Peer[]);
      return {
        ours: ours.map(({ row }) => row),
        peers: peers.map(({ row }) => row),
        days: [...new Set([...ours, ...peers].map(({ day }) => day))].toSorted(),
      };
    },
  };
}
