import assert from "node:assert/strict";
import { askQuestions, pricedByAnswers } from "../../../lib/agents/asking/ask_questions.ts";
import { costOf } from "../../../lib/agents/asking/cost.ts";
import { MATHS_POOL } from "../../../lib/agents/asking/pools.ts";
import { ngramEmbedder } from "../../../lib/agents/embedders.ts";
import { fixedTopology } from "../../../lib/agents/fixed_topologies.ts";
import { directedNetwork } from "../../../lib/agents/networks/directed.ts";
import { type Team, teamOf } from "../../../lib/agents/team.ts";
import { teamOfTopology } from "../../../lib/agents/topology.ts";
import { budgetedChat } from "../../../lib/chat/budget.ts";
import type { Chat } from "../../../lib/chat/chat.ts";
import { ChatFailure, endedBy } from "../../../lib/chat/failure.ts";
import { endpointChat } from "../../../lib/chat/endpoint_chat.ts";
import { recordedChat } from "../../../lib/chat/recorded_chat.ts";
import { NO_USAGE, totalTokens } from "../../../lib/chat/reply.ts";
import { readQuestions } from "../../../lib/questions/load_questions.ts";
import { seededRandom } from "../../../lib/random.ts";
import * as acts from "../../chat/loopback_server.ts";
import { loopbackServer } from "../../chat/loopback_server.ts";
import { fakeChat } from "./fake_chat.ts";

const QUESTIONS = readQuestions(
  "gsm8k",
  "made",
  Array.from(
    { length: 12 },
    (_, i) => JSON.stringify({ question: `What is ${i} + 1?`, answer: `#### ${i + 1}` }),
  ).join("\n"),
);
const EVERYBODY = teamOfTopology(
  MATHS_POOL,
  fixedTopology("complete", { size: 4, agents: [0, 1, 2, 3], random: seededRandom(0) }),
);
const model = "any";

Deno.test("questions are asked of the teams chosen for them, graded, and compared with asking everybody", async () => {
  const chat = fakeChat(({ messages }) => {
    const [, number] = messages[1]!.content.match(/What is (\d+)/)!;
    return `The answer is ${Number(number) + (number === "5" ? 2 : 1)}`; // one is wrong
  });
  const solver = teamOf(MATHS_POOL, ["Inspector"], []);
  const pair = teamOf(MATHS_POOL, ["Mathematical Analyst", "Inspector"], [[
    "Mathematical Analyst",
    "Inspector",
  ]]);
  const { answers, left, usage } = await askQuestions(
    QUESTIONS,
    (question) => (typeof question !== "string" && Number(question.gold) % 2 ? solver : pair),
    { chat, model, everybody: EVERYBODY },
  );
  assert.deepEqual(left, []);
  assert.deepEqual(answers.map(({ question }) => question), QUESTIONS);
  assert.deepEqual(answers.map(({ correct }) => correct), QUESTIONS.map((_, i) => i !== 5));
  assert.deepEqual(answers.slice(0, 2).map(({ asked }) => asked), [["Inspector"], [
    "Mathematical Analyst",
    "Inspector",
  ]]);
  assert.equal(totalTokens(usage), answers.reduce((sum, answer) => sum + totalTokens(answer.usage), 0));
  for (const { everybodyTokens, usage } of answers) assert.ok(everybodyTokens! > totalTokens(usage));
  const words = await askQuestions(["What is 1 + 1?"], solver, { chat, model });
  assert.equal(words.answers[0]!.correct, undefined);
});

Deno.test("a budget for all is never exceeded, stops cleanly, and waits for what running questions give back", async () => {
  const solver = teamOf(MATHS_POOL, ["Inspector"], []);
  const one = costOf(solver, QUESTIONS[0]!, { answerTokens: 512 }).tokens;
  for (const [share, most] of [[0.9, 0], [1.2, 1], [2.5, 3]] as const) {
    const chat = fakeChat(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return "The answer is 1";
    });
    const totalBudget = Math.floor(share * one);
    const { answers, left, usage, failure } = await askQuestions(QUESTIONS, solver, {
      chat,
      model,
      totalTokens: totalBudget,
    });
    assert.ok(totalTokens(usage) <= totalBudget);
    assert.match(
      failure!.message,
      new RegExp(`the next may take \\d+ tokens, and of ${totalBudget} \\d+ are left; `),
    );
    assert.equal(answers.length + left.length, QUESTIONS.length);
    assert.equal(chat.asked.length, answers.length);
    assert.ok(answers.length >= most, `${answers.length} with ${share} of a question's worst case`);
    assert.deepEqual([...answers.map(({ question }) => question), ...left], QUESTIONS);
    if (share < 1) assert.equal(answers.length, 0);
  }
});

Deno.test("a budget that is no number is refused before anybody is asked", async () => {
  const solver = teamOf(MATHS_POOL, ["Inspector"], []);
  const chat = fakeChat(() => "The answer is 1");
  await assert.rejects(
    askQuestions(QUESTIONS, solver, { chat, model, totalTokens: NaN }),
    /^RangeError: Cannot ask questions with totalTokens NaN: expected a number from 0, or Infinity$/,
  );
  assert.equal(chat.asked.length, 0);
});

Deno.test("links to the round before that fit no team that is asked or compared are refused before anybody is", async () => {
  const chat = fakeChat(() => "The answer is 1");
  const pair = teamOf(MATHS_POOL, ["Mathematical Analyst", "Inspector"], []);
  const options = { chat, model, rounds: 2, temporal: [[0, 1]] as const };
  const embedder = ngramEmbedder(8);
  const network = directedNetwork({ agents: 4, embedding: 8 });
  await assert.rejects(
    askQuestions(QUESTIONS, { pool: MATHS_POOL, model: network, embedder }, options),
    /^RangeError: Cannot ask the teams of a chooser with temporal links: expected none/,
  );
  const everybody = { agents: pair.agents.slice(0, 1), links: [] };
  await assert.rejects(
    askQuestions(QUESTIONS, pair, { ...options, everybody }),
    /^RangeError: .*names agent 1, who is not in it/,
  );
  assert.equal(chat.asked.length, 0);
});

Deno.test("a chat whose own budget ends leaves the answers so far, the rest, and what all of it cost", async () => {
  const pair = teamOf(MATHS_POOL, ["Mathematical Analyst", "Inspector"], []);
  for (const concurrency of [1, 4]) {
    for (const tokens of [100, 2000, 3000, 4000]) {
      const chat = fakeChat(() => "The answer is 1");
      let paid = 0;
      const counted: typeof chat = Object.assign(async (...given: Parameters<typeof chat>) => {
        const reply = await chat(...given);
        paid += totalTokens(reply.usage);
        return reply;
      }, { asked: chat.asked });
      const { answers, left, usage, failure } = await askQuestions(QUESTIONS, pair, {
        chat: budgetedChat(counted, tokens),
        model,
        concurrency,
      });
      assert.deepEqual([failure?.kind, left.length > 0], ["budget", true]);
      assert.equal(answers.length > 0, tokens > 100);
      assert.deepEqual([...answers.map(({ question }) => question), ...left], QUESTIONS);
      assert.equal(totalTokens(usage), paid);
    }
  }
});

Deno.test("what was interrupted is left with its cost, and what failed for others' reasons has no grade", async () => {
  const pair = teamOf(MATHS_POOL, ["Mathematical Analyst", "Inspector"], []);
  const stop = new AbortController();
  let calls = 0;
  const chat: Chat = async (request, call) => {
    // Of the second question one agent has answered when it is ended.
    if (++calls === 4) stop.abort(new Error("enough"));
    if (call?.signal?.aborted) throw endedBy(call.signal, { usage: { ...NO_USAGE, promptTokens: 9 } });
    return await fakeChat(() => "The answer is 1")(request, call);
  };
  const ended = await askQuestions(QUESTIONS, pair, {
    chat,
    model,
    concurrency: 1,
    decision: "majority-vote",
    signal: stop.signal,
  });
  assert.deepEqual(ended.answers.map(({ question, correct }) => [question, correct]), [[QUESTIONS[0], true]]);
  assert.deepEqual([ended.left, ended.failure], [QUESTIONS.slice(1), undefined]);
  assert.ok(totalTokens(ended.usage) > totalTokens(ended.answers[0]!.usage) + 9);

  const kinds = ["network", "busy", "length"] as const;
  const failing: Chat = ({ messages }) => {
    const [, number] = messages[1]!.content.match(/What is (\d+)/)!;
    return Promise.reject(new ChatFailure(kinds[Number(number)]!, "no"));
  };
  const solver = teamOf(MATHS_POOL, ["Inspector"], []);
  const { answers } = await askQuestions(QUESTIONS.slice(0, 3), solver, { chat: failing, model });
  assert.deepEqual(answers.map(({ correct }) => correct), [undefined, undefined, false]);
  assert.throws(
    () => pricedByAnswers(solver, answers),
    /^RangeError: Cannot price the team: .*no grade of "What is 0 \+ 1\?", for a call failed \(network\); ask/,
  );
  assert.deepEqual(pricedByAnswers(solver, answers.slice(2)).outcomes, [0]);
});

Deno.test("a mistake of the caller ends it, after what runs is done", async () => {
  let running = 0;
  const chat = fakeChat(async () => {
    running++;
    await new Promise((resolve) => setTimeout(resolve, 2));
    running--;
    return "1";
  });
  const solver = teamOf(MATHS_POOL, ["Inspector"], []);
  const teamFor = (question: unknown): Team => question === QUESTIONS[5] ? { agents: [], links: [] } : solver;
  await assert.rejects(askQuestions(QUESTIONS, teamFor, { chat, model }), RangeError);
  assert.equal(running, 0);
});

Deno.test("a run through a server that fails is replayed bit for bit without it, also other teams' calls it has", async () => {
  const random = seededRandom(9, "acts");
  await using server = loopbackServer((_, times) =>
    times < random.integer(3)
      ? [acts.status(503), acts.cut("close"), acts.mismatched][random.integer(3)]!
      : acts.good
  );
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/recording.jsonl`;
    const endpoint = endpointChat({ baseURL: server.baseURL }, { firstWaitMs: 1, tries: 9 });
    const agents = MATHS_POOL.map(({ role, persona }) => ({ role, persona }));
    const team: Team = { agents, links: EVERYBODY.links };
    const run = async (missing?: typeof endpoint) => {
      const chat = await recordedChat({ path, missing });
      return await askQuestions(QUESTIONS.slice(0, 5), team, { chat, model, rounds: 2, run: "test" });
    };
    const first = await run(endpoint);
    assert.deepEqual(first.answers.map(({ failure }) => failure), Array(5).fill(undefined));
    const requests = server.seen.length;
    const again = await run();
    assert.equal(JSON.stringify(again), JSON.stringify(first));
    assert.equal(server.seen.length, requests);
    // An agent's prompt depends on those it reads alone: the first one's calls answer for it on its own.
    const chat = await recordedChat({ path });
    const alone = await askQuestions(QUESTIONS.slice(0, 5), { agents: agents.slice(0, 1), links: [] }, {
      chat,
      model,
    });
    assert.deepEqual(
      alone.answers.map(({ answer }) => answer),
      first.answers.map(({ transcript }) => transcript[0]!.content),
    );
    const missing = await askQuestions(QUESTIONS.slice(5, 6), team, { chat, model });
    assert.deepEqual(missing.answers.map(({ failure }) => failure?.kind), ["not-recorded"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
