import type { CallGraph } from "../call_graph.ts";
import type { SimulatedTask, SimulatedWorld } from "./world.ts";

/**
 * Tokens of all calls and of the decision: each prompt holds the role, the question and what is read; where
 * calls may fail, the mean, a failed one having cost its prompt.
 */
export function simulatedTokens(world: SimulatedWorld, task: SimulatedTask, graph: CallGraph): number {
  const { agents, separatorTokens, decisionTokens: [role, completion], timeouts = 0 } = world;
  const { questionTokens } = task;
  const answer = (place: number) => (1 - timeouts) * agents[graph.calls[place]!.agent]!.completionTokens;
  const message = (place: number) => answer(place) + (1 - timeouts) * separatorTokens;
  let tokens = role + questionTokens + completion;
  for (const place of graph.answers) tokens += message(place);
  graph.calls.forEach(({ agent, reads }, place) => {
    tokens += agents[agent]!.roleTokens + questionTokens + answer(place);
    for (const read of reads) tokens += message(read);
  });
  return tokens;
}
