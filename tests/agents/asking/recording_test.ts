import assert from "node:assert/strict";
import { askQuestions } from "../../../lib/agents/asking/ask_questions.ts";
import { replayChat } from "../../../lib/chat/recorded_chat.ts";
import { readRecording } from "../../../lib/chat/recording.ts";
import { totalTokens } from "../../../lib/chat/reply.ts";
import { RECORDED_OPTIONS, RECORDED_QUESTIONS, RECORDED_TEAMS } from "./recorded.ts";

const PATH = new URL("../../fixtures/chat/maths_pool.jsonl", import.meta.url).pathname;

Deno.test("the stored recording of a real model answers for each of its teams, without any server", async () => {
  const calls = await readRecording(PATH);
  const chat = replayChat(calls);
  for (const [name, team] of Object.entries(RECORDED_TEAMS)) {
    const run = () => askQuestions(RECORDED_QUESTIONS, team, { ...RECORDED_OPTIONS, chat });
    const first = await run();
    assert.equal(first.answers.length, RECORDED_QUESTIONS.length);
    for (const { asked, failure, transcript } of first.answers) {
      assert.notEqual(failure?.kind, "not-recorded", `${name}: ${failure?.message}`);
      assert.ok(transcript.every((turn) => turn.failure?.kind !== "not-recorded"));
      assert.equal(asked.length, team.agents.length);
    }
    assert.ok(totalTokens(first.usage) > 0 && !first.usage.estimated);
    assert.equal(JSON.stringify(await run()), JSON.stringify(first));
  }
});
