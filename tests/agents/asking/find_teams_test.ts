import assert from "node:assert/strict";
import { findTeams } from "../../../lib/agents/asking/find_teams.ts";
import { trainTeamChooser } from "../../../lib/agents/team_chooser.ts";
import { ngramEmbedder } from "../../../lib/agents/embedders.ts";
import { budgetedChat } from "../../../lib/chat/budget.ts";
import { totalTokens } from "../../../lib/chat/reply.ts";
import { ChatFailure, type ChatFailureKind } from "../../../lib/chat/failure.ts";
import { fakeChat, personaOf } from "./fake_chat.ts";

const POOL = ["Cook", "Lawyer"].map((role) => ({ role, persona: `You are the ${role}.` }));
const asking = { model: "any", maxTokens: 50, candidates: 2, repeats: 4, keep: 1, isRight: () => true };

/** Every so many calls fail, and it is counted how many did. */
function failing(kind: ChatFailureKind, every: number) {
  let [calls, failures] = [0, 0];
  const chat = fakeChat(() => {
    if (++calls % every !== 0) return "yes";
    failures++;
    throw new ChatFailure(kind, "that went wrong");
  });
  return { chat, failures: () => failures, calls: () => calls };
}

Deno.test("a call that failed is no run of its team, and a cut answer is a wrong one", async () => {
  const sum = (numbers: number[]) => numbers.reduce((all, one) => all + one, 0);
  for (const [kind, isRun] of [["server", false], ["network", false], ["length", true]] as const) {
    const { chat, failures, calls } = failing(kind, 3);
    const { found, left } = await findTeams(POOL, ["a", "b", "c"], { ...asking, chat });
    assert.deepEqual([found.length, left], [3, []]);
    const trials = found.flatMap((one) => one.trials);
    assert.equal(sum(trials.map((trial) => trial.failures)), isRun ? 0 : failures());
    assert.equal(sum(trials.map(({ runs }) => runs)), isRun ? calls() : calls() - failures());
    assert.equal(sum(trials.map(({ successes }) => successes)), calls() - failures());
  }
});

Deno.test("of two teams of which one was never answered, the other is found", async () => {
  const chat = fakeChat((request) => {
    if (personaOf(request).includes("Cook")) throw new ChatFailure("server", "down");
    return "yes";
  });
  const { found: [one] } = await findTeams(POOL, ["a"], { ...asking, chat });
  assert.deepEqual(one!.teams.map(({ kept }) => kept), [2]);
  assert.deepEqual(one!.trials.map(({ runs, failures, tokens }) => [runs, failures, tokens > 0]), [
    [0, 4, false],
    [4, 0, true],
  ]);
});

Deno.test("an endpoint that rejects or is not there ends the search at once, one that never answers at its end", async () => {
  const rejecting = failing("rejected", 2);
  await assert.rejects(
    findTeams(POOL, ["a", "b"], { ...asking, chat: rejecting.chat, concurrency: 1 }),
    /^Error: Cannot look for teams: the endpoint rejects a request: that went wrong$/,
  );
  assert.equal(rejecting.calls(), 2);
  const nowhere = failing("network", 1);
  await assert.rejects(
    findTeams(POOL, ["a", "b"], { ...asking, chat: nowhere.chat, concurrency: 1 }),
    /^Error: Cannot look for teams: nobody is there: that went wrong$/,
  );
  assert.equal(nowhere.calls(), 1);
  for (const kind of ["server", "empty"] as const) {
    const { chat, calls } = failing(kind, 1);
    await assert.rejects(
      findTeams(POOL, ["a", "b"], { ...asking, chat }),
      /^Error: Cannot look for teams: no run had an answer: that went wrong$/,
    );
    assert.equal(calls(), 16);
  }
});

Deno.test("a chooser cannot learn where nobody was right, and is told where to look", async () => {
  const { found } = await findTeams(POOL, ["a"], {
    ...asking,
    isRight: () => false,
    chat: fakeChat(() => "no"),
  });
  await assert.rejects(
    trainTeamChooser(POOL, found, ngramEmbedder()),
    /found none: no team was right on any question, see `trials`/,
  );
});

Deno.test("each agent alone is tried, however few candidates there are, but for none", async () => {
  const chat = fakeChat(() => "yes");
  const { found: [one] } = await findTeams(POOL, ["a"], { ...asking, candidates: 1, chat });
  assert.deepEqual(one!.trials.map(({ team }) => team.kept), [1, 2]);
  await assert.rejects(
    findTeams(POOL, ["a"], { ...asking, candidates: 0, chat }),
    /^RangeError: Cannot look for teams with candidates 0: expected a whole number from 1$/,
  );
  for (const name of ["repeats", "keep", "concurrency", "tokenPrice", "totalTokens"]) {
    for (const value of name.startsWith("to") ? [-1, NaN] : [0, NaN]) {
      await assert.rejects(
        findTeams(POOL, ["a"], { ...asking, [name]: value, chat: () => assert.fail("asked") }),
        new RegExp(`^RangeError: Cannot look for teams with ${name} ${value}: expected a`),
      );
    }
  }
});

Deno.test("what no search can honour is no option of one: the sample's number, links of one team", async () => {
  for (const given of [{ sample: 3 }, { temporal: [[0, 1]] as const, rounds: 2 }]) {
    const options = { ...asking, ...given, chat: () => assert.fail("asked") };
    await assert.rejects(findTeams(POOL, ["a"], options), /^TypeError: .* with option "(sample|temporal)"/);
  }
});

Deno.test("what a search may spend goes into whole questions, whoever bounds it, and is never exceeded", async () => {
  const questions = ["a", "b", "c", "d", "e", "f"];
  const chat = fakeChat(() => "yes");
  const { usage } = await findTeams(POOL, questions.slice(0, 1), { ...asking, chat });
  const enough = 2 * totalTokens(usage) + 100; // for two questions, and half of what four begin with
  const bounded = await findTeams(POOL, questions, { ...asking, chat, totalTokens: enough });
  const behind = await findTeams(POOL, questions, {
    ...asking,
    chat: budgetedChat(chat, enough),
    concurrency: 1,
  });
  for (const { found, left, usage } of [bounded, behind]) {
    assert.deepEqual([...found.map(({ question }) => question), ...left], questions);
    assert.equal(found.length, 2);
    assert.ok(totalTokens(usage) <= enough);
  }
  assert.match(bounded.failure!.message, /the next run may take \d+ tokens, and of \d+ \d+ are left; /);
  assert.match(behind.failure!.message, /the call may take \d+ tokens/);
});
