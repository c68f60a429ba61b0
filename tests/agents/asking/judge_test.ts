import assert from "node:assert/strict";
import { judge } from "../../../lib/agents/asking/judge.ts";
import type { ChatFailureKind } from "../../../lib/chat/failure.ts";
import { NO_USAGE } from "../../../lib/chat/reply.ts";
import type { TurnFailure } from "../../../lib/agents/asking/turn.ts";
import { readQuestions } from "../../../lib/questions/load_questions.ts";

const [question] = readQuestions("aime", "made", JSON.stringify([{ problem: "?", answer: "113" }]));

const said = (answer: string) => ({ answer, transcript: [] });
/** A team without an answer, and its turns of which each failed. */
const failed = (kind: TurnFailure["kind"], turns: readonly ChatFailureKind[] = []) => ({
  failure: { kind, message: "no" },
  transcript: turns.map((kind) => ({
    role: "Ann",
    round: 0,
    messages: [],
    usage: NO_USAGE,
    failure: { kind, message: "no" },
  })),
});

Deno.test("questions of benchmarks are graded, one's own are judged by who asks, or not at all", async () => {
  assert.equal(await judge(question!, said("\\boxed{113}"), {}), true);
  assert.equal(await judge(question!, said("\\boxed{112}"), {}), false);
  assert.equal(await judge("Why?", said("because"), {}), undefined);
  assert.equal(await judge("Why?", failed("length"), {}), undefined);
  const isRight = (_: unknown, answer: string) => Promise.resolve(answer === "because");
  assert.equal(await judge("Why?", said("because"), { isRight }), true);
  assert.equal(await judge(question!, said("\\boxed{113}"), { isRight }), false);
});

Deno.test("what a model said in the place of an answer is wrong, a call that failed is neither, and nobody is asked", async () => {
  const isRight = () => assert.fail("asked about no answer");
  for (const kind of ["length", "filtered", "refused", "tool-call", "empty"] as const) {
    assert.equal(await judge("Why?", failed(kind), { isRight }), false, kind);
  }
  const others = ["network", "stalled", "busy", "server", "rejected", "deadline", "aborted"] as const;
  for (const kind of others) assert.equal(await judge(question!, failed(kind), { isRight }), undefined, kind);
  // Nobody of the team: it depends on what each came to.
  assert.equal(await judge("Why?", failed("nobody", ["length", "refused"]), { isRight }), false);
  assert.equal(await judge("Why?", failed("nobody", ["length", "network"]), { isRight }), undefined);
});
