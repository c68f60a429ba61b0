/** Four agents, and a chat in which each says whom it heard. */
import type { Agent, Link, Team } from "../../../lib/agents/team.ts";

export const POOL: Agent[] = ["Ann", "Bob", "Cid", "Dan"].map((role) => ({ role, persona: role }));

export const team = (size: number, links: Link[] = []): Team => ({ agents: POOL.slice(0, size), links });

export const model = "any";
