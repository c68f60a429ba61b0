import { drawChannelGroups } from "../../../lib/drawings/channel_groups.ts";
import type { ChannelGroups } from "../../../lib/prune/channel_groups.ts";
import type { MimeBundle } from "../display.ts";

/** Coupled channels as the network with one colour per group. */
export function drawGroups(groups: ChannelGroups): MimeBundle {
  return { ...drawChannelGroups(groups).bundle(), "text/plain": groups.toString() };
}
