import { TypeError } from "../../errors.ts";
import { mean } from "../../statistics/describe.ts";
import type { ChannelGroup, ChannelGroups } from "../channel_groups.ts";
import type { Criterion } from "../criteria/criterion.ts";
import { fpgm } from "../criteria/fpgm.ts";
import { lamp } from "../criteria/lamp.ts";
import { amongAlike, unitsOf } from "../criteria/units.ts";
import { realNumbers } from "../quantized/real_numbers.ts";

/** How the numbers of a criterion are taken. */
export interface Scoring {
  /** Whether each is divided by the mean of its group, so that groups can be compared. */
  normalize: boolean;
  /** Whether the criterion is one of Espalier's own: blocks are then compared with their like. */
  named: boolean;
}

/**
 * The importance of each channel of a group, as plans compare it.
 *
 * @throws TypeError where the criterion does not give one finite number per channel, or cannot rank what the
 * group's members are
 */
export function scoreChannels(
  rank: Criterion,
  group: ChannelGroup,
  groups: ChannelGroups,
  { normalize, named }: Scoring,
): Float64Array {
  const tensors = realNumbers(groups.model);
  const units = unitsOf(group, groups);
  if (units && (rank === fpgm || rank === lamp)) {
    throw new TypeError(
      `Cannot rank ${group.kind} by a criterion that compares filters of one layer with one another: take ` +
        `"group-l2", "l1", "l2", "taylor" or "wanda", or a function`,
    );
  }
  const alone = units?.map((unit) => Number(rank(unit, tensors)[0]));
  const given = units && alone
    ? Float64Array.from(group.kind === "blocks" && named ? amongAlike(units, alone, tensors) : alone)
    : Float64Array.from(rank(group, tensors));
  const wrong = given.find((score) => !Number.isFinite(score));
  if (given.length !== group.channels || wrong !== undefined) {
    throw new TypeError(
      `Cannot rank the ${group.channels} channels of group "${group.name}": the criterion gave ` +
        `${
          given.length === group.channels ? wrong : `${given.length} numbers`
        }; expected a finite number for each`,
    );
  }
  const average = mean(given);
  return normalize && average > 0 ? given.map((score) => score / average) : given;
}
