import { TypeError } from "../errors.ts";
/**
 * What a plan may remove: channels (of which heads are blocks), whole residual blocks, experts of a mixture,
 * rows of a vocabulary.
 */
export type PrunableKind = "channels" | "blocks" | "experts" | "vocabulary";

/** One of each kind and several, for people. */
const NAMES: Readonly<Record<PrunableKind, readonly [string, string]>> = {
  channels: ["channel", "channels"],
  blocks: ["block", "blocks"],
  experts: ["expert", "experts"],
  vocabulary: ["row of a vocabulary", "rows of vocabularies"],
};

/** All kinds, in the order in which plans tell of them. */
export const PRUNABLE_KINDS = Object.keys(NAMES) as readonly PrunableKind[];

/** What goes where nothing else is said. */
export const ONLY_CHANNELS: readonly PrunableKind[] = ["channels"];

/** `blocks and rows of vocabularies`. */
export const kindsText = (kinds: readonly PrunableKind[]): string =>
  kinds.map((kind) => NAMES[kind][1]).join(" and ");

/** `12 of 48 blocks`. */
export function countOfKind(kind: PrunableKind, removed: number, all: number): string {
  return `${removed} of ${all} ${NAMES[kind][all === 1 ? 0 : 1]}`;
}

/**
 * The kinds, each once, in one order.
 *
 * @throws TypeError where they are no list, or one of them is unknown
 */
export function requireKinds(kinds: unknown, action: string): readonly PrunableKind[] {
  const known = (kind: unknown) => PRUNABLE_KINDS.includes(kind as PrunableKind);
  if (!Array.isArray(kinds) || kinds.length === 0 || !kinds.every(known)) {
    const names = PRUNABLE_KINDS.map((kind) => `"${kind}"`).join(", ");
    throw new TypeError(
      `Cannot ${action} with kinds ${JSON.stringify(kinds)}: expected a list with any of ${names}`,
    );
  }
  return PRUNABLE_KINDS.filter((kind) => kinds.includes(kind));
}
