import assert from "node:assert/strict";
import { askTeam } from "../../../lib/agents/asking/ask_team.ts";
import { costOf } from "../../../lib/agents/asking/cost.ts";
import { acyclicTopologies, positionsOf, teamOfTopology } from "../../../lib/agents/topology.ts";
import { totalTokens } from "../../../lib/chat/reply.ts";
import { seededRandom } from "../../../lib/random.ts";
import { fakeChat } from "./fake_chat.ts";
import { model, POOL } from "./speaker.ts";

Deno.test("what a team costs is known from its texts, before anybody is asked", async () => {
  const random = seededRandom(3, "teams");
  const graphs = acyclicTopologies(4, [0, 1, 2, 3]);
  for (let i = 0; i < 60; i++) {
    const topology = graphs[random.integer(graphs.length)]!;
    const chosen = teamOfTopology(POOL, topology);
    const maxTokens = 20 + random.integer(200);
    const rounds = 1 + random.integer(2);
    const options = { rounds, decision: "refer" as const };
    const chat = fakeChat(() => "abc".repeat(maxTokens)); // three bytes a token: as long as it may be
    const { usage, transcript } = await askTeam(chosen, "why?", { chat, model, maxTokens, ...options });
    const cost = costOf(chosen, "why?", { answerTokens: maxTokens, ...options });
    assert.equal(cost.calls, transcript.length);
    assert.equal(totalTokens(usage), cost.tokens);
    assert.ok(positionsOf(topology.kept).length === 4);
  }
});

Deno.test("no cost is given where it is not said how long an answer is", () => {
  const alone = { agents: [{ role: "A", persona: "" }], links: [] };
  for (const answerTokens of [undefined, NaN, -1, Infinity]) {
    assert.throws(
      () => costOf(alone, "why?", { answerTokens: answerTokens! }),
      /^RangeError: .*expected answerTokens, the tokens of each answer, from 0, found/,
    );
  }
});
