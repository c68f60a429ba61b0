import { Error, RangeError } from "../errors.ts";

/** One member of a pool: who it is, and what it may use. */
export interface Agent {
  /** Name of its role, unique in its pool: "Planner". */
  readonly role: string;
  /** Description of the agent that the model reads before each question (the system message). */
  readonly persona: string;
  /** Names of tools it may use, such as running Python. Default: none. */
  readonly tools?: readonly string[];
  /** Name of the language model behind it. Default: that of the endpoint which is asked. */
  readonly model?: string;
}

/** A link between two agents, by their positions: the second reads what the first wrote. */
export type Link = readonly [from: number, to: number];

/** Agents that answer together, and who reads whom: an acyclic graph. */
export interface Team {
  /** The agents that are asked; a pruned agent is not among them. */
  readonly agents: readonly Agent[];
  /** Links by position in `agents`. */
  readonly links: readonly Link[];
}

/** Links of a team lead in a circle, so that nobody on it can speak first. */
export class CyclicTeamError extends Error {
  /** Always `"CyclicTeamError"`. */
  override name = "CyclicTeamError";

  /** Roles along one circle, each reading the one before it; the first reads the last. */
  readonly cycle: readonly string[];

  /**
   * The message names the circle.
   *
   * @param cycle roles along it
   */
  constructor(cycle: readonly string[]) {
    super(
      `Cannot order the team: expected links without a circle, found ${
        [...cycle, cycle[0]].join(" → ")
      }; leave out one of these links`,
    );
    this.cycle = cycle;
  }
}

/** A role is asked for that the pool has not. */
export class UnknownRoleError extends Error {
  /** Always `"UnknownRoleError"`. */
  override name = "UnknownRoleError";

  /** The role that was asked for. */
  readonly role: string;

  /**
   * The message names the roles there are.
   *
   * @param role the role that was asked for
   * @param known roles of the pool
   */
  constructor(role: string, known: readonly string[]) {
    super(
      `Cannot make a team: expected roles of the pool (${known.join(", ")}), found "${role}"; name one of ` +
        `those, or add the agent to the pool`,
    );
    this.role = role;
  }
}

/**
 * The team of some agents of a pool, by role. It keeps the pool's order, whatever the order of the names.
 *
 * @param links pairs of roles: the second reads what the first wrote
 * @throws UnknownRoleError for a role that the pool has not
 * @throws CyclicTeamError where the links lead in a circle
 * @throws RangeError where two agents of the pool have one role, or a link names an agent that was not chosen
 */
export function teamOf(
  pool: readonly Agent[],
  roles: readonly string[],
  links: readonly (readonly [from: string, to: string])[],
): Team {
  const known = pool.map(({ role }) => role);
  const twice = known.find((role, i) => known.indexOf(role) !== i);
  if (twice !== undefined) {
    throw new RangeError(
      `Cannot make a team: expected roles that differ, found two agents called "${twice}"; rename one`,
    );
  }
  for (const role of roles) if (!known.includes(role)) throw new UnknownRoleError(role, known);
  const agents = pool.filter(({ role }) => roles.includes(role));
  const place = (role: string) => {
    const found = agents.findIndex((agent) => agent.role === role);
    if (!known.includes(role)) throw new UnknownRoleError(role, known);
    if (found < 0) {
      throw new RangeError(
        `Cannot make a team: a link names "${role}", who is not in the team (${
          agents.map((agent) => agent.role).join(", ")
        }); add it to the roles or drop the link`,
      );
    }
    return found;
  };
  const team = { agents, links: links.map(([from, to]): Link => [place(from), place(to)]) };
  levels(team);
  return team;
}

/**
 * Who may speak at the same time: positions in `agents`, level by level. All that an agent reads was written
 * in levels before its own, and it stands in the first level where that is so (Kahn, 1962). A link given
 * twice counts once.
 *
 * @throws CyclicTeamError where the links lead in a circle
 * @throws RangeError where a link names a position that is not in the team
 */
export function levels({ agents, links }: Team): number[][] {
  for (const [from, to] of links) {
    for (const place of [from, to]) {
      if (!agents[place]) {
        throw new RangeError(
          `Cannot order the team: expected links between positions 0 to ${agents.length - 1}, found ` +
            `${from} → ${to}`,
        );
      }
    }
  }
  const result: number[][] = [];
  const left = new Set(agents.keys());
  while (left.size > 0) {
    const waiting = new Set(links.filter(([from]) => left.has(from)).map(([, to]) => to));
    const level = [...left].filter((place) => !waiting.has(place));
    if (level.length === 0) throw new CyclicTeamError(cycleWithin(left, links).map((i) => agents[i]!.role));
    for (const place of level) left.delete(place);
    result.push(level);
  }
  return result;
}

/** A circle among positions of which each is read from another of them. */
function cycleWithin(places: ReadonlySet<number>, links: readonly Link[]): number[] {
  const path: number[] = [];
  let place = places.values().next().value!;
  while (!path.includes(place)) {
    path.push(place);
    place = links.find(([from, to]) => to === place && places.has(from))![0];
  }
  return path.slice(path.indexOf(place)).reverse();
}
