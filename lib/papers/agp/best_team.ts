import type { Score } from "../../agents/simulation/exact.ts";
import type { Topology } from "../../agents/topology.ts";

/** The team of highest utility, and its score; of equal ones the first. */
export function bestTeamOf(teams: readonly Topology[], score: (team: Topology) => Score): [Score, Topology] {
  let [best, found] = [score(teams[0]!), teams[0]!];
  for (const team of teams.slice(1)) {
    const own = score(team);
    if (own.utility > best.utility) [best, found] = [own, team];
  }
  return [best, found];
}
