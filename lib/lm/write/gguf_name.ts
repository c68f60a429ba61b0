import { TypeError } from "../../errors.ts";
import { LAYER_NAMES, OTHER_NAMES } from "../read/from_gguf.ts";

/**
 * The name in GGUF files of a tensor of {@linkcode decoder}.
 *
 * @throws {TypeError} where there is none
 */
export function ggufName(name: string): string {
  const [, layer, part, kind] = name.match(/^(?:model\.layers\.(\d+)\.)?(.*)\.(weight|bias)$/) ?? [];
  const names = layer === undefined ? OTHER_NAMES : LAYER_NAMES;
  const own = Object.entries(names).find(([, other]) => other === part)?.[0];
  if (own === undefined) throw new TypeError(`Cannot write ${name}: GGUF files have no name for it`);
  return `${layer === undefined ? "" : `blk.${layer}.`}${own}.${kind}`;
}
