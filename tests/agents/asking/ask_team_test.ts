import assert from "node:assert/strict";
import { askTeam } from "../../../lib/agents/asking/ask_team.ts";
import { callGraph } from "../../../lib/agents/call_graph.ts";
import { acyclicTopologies, teamOfTopology } from "../../../lib/agents/topology.ts";
import { CyclicTeamError, type Link, type Team } from "../../../lib/agents/team.ts";
import { ChatFailure } from "../../../lib/chat/failure.ts";
import { seededRandom } from "../../../lib/random.ts";
import { fakeChat, personaOf, promptIn } from "./fake_chat.ts";
import { model, POOL, team } from "./speaker.ts";

/** Says who speaks, and how often they have spoken. */
function speaker() {
  const times = new Map<string, number>();
  return fakeChat((request) => {
    const who = personaOf(request).split(" ")[0]!;
    const round = times.get(who) ?? 0;
    times.set(who, round + 1);
    return `<${who} ${round}>`;
  });
}

const heardIn = (text: string) =>
  [...text.matchAll(/<(\w+) (\d)>/g)].map(([, who, round]) => `${who} ${round}`);

Deno.test("every acyclic graph of four agents over two rounds: each hears whom it reads, in the pool's order", async () => {
  const temporal: Link[] = [[0, 0], [0, 2], [3, 1]];
  let graphs = 0;
  for (const topology of acyclicTopologies(4, [0, 1, 2, 3])) {
    const chat = speaker();
    const { transcript } = await askTeam(teamOfTopology(POOL, topology), "why?", {
      chat,
      model,
      rounds: 2,
      temporal,
      decision: "last",
    });
    const { calls } = callGraph(topology, { rounds: 2, temporal });
    assert.equal(transcript.length, calls.length);
    const name = (call: number) => `${POOL[calls[call]!.agent]!.role} ${calls[call]!.stream >> 2}`;
    const expected = new Map(calls.map(({ reads }, i) => [name(i), reads.map(name).toSorted()]));
    for (const { role, round, messages } of transcript) {
      assert.deepEqual(heardIn(messages[1]!.content).toSorted(), expected.get(`${role} ${round}`));
    }
    graphs++;
  }
  assert.equal(graphs, 543);
});

Deno.test("predecessors are heard by position, whatever the order of links and of answers", async () => {
  const ways: Link[][] = [[[0, 3], [1, 3], [2, 3]], [[2, 3], [0, 3], [1, 3], [2, 3]]];
  const prompts = await Promise.all(
    ways.map(async (links) => {
      const random = seededRandom(links.length, "wait");
      const chat = fakeChat(async (request) => {
        await new Promise((resolve) => setTimeout(resolve, random.integer(5)));
        return `<${personaOf(request)} 0>`;
      });
      await askTeam(team(4, links), "why?", { chat, model, decision: "last" });
      return promptIn(chat.asked.at(-1)!);
    }),
  );
  assert.deepEqual(heardIn(prompts[0]!), ["Ann 0", "Bob 0", "Cid 0"]);
  assert.equal(prompts[0], prompts[1]);
});

Deno.test("who does not wait for another answers at the same time; the time is that of the longest way", async () => {
  let [running, most] = [0, 0];
  const times: Record<string, number> = { Ann: 10, Bob: 50, Cid: 20, Dan: 5 };
  const chat = fakeChat(async (request) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 2));
    running--;
    return personaOf(request);
  }, (request) => times[personaOf(request)] ?? 100);
  const answer = await askTeam(team(4, [[0, 2], [1, 2], [0, 3]]), "why?", { chat, model });
  assert.equal(most, 2); // Ann and Bob; then Cid and Dan
  assert.equal(answer.latencyMs, 50 + 20 + 100);
  assert.deepEqual(answer.transcript.map(({ role, doneMs }) => [role, doneMs]), [
    ["Ann", 10],
    ["Bob", 50],
    ["Cid", 70],
    ["Dan", 15],
    ["decision", 170],
  ]);
});

Deno.test("a call that failed took its time too; where one has none, nothing behind it has", async () => {
  const answering = (annMs: number | undefined) =>
    fakeChat((request) => {
      if (personaOf(request) !== "Ann") return personaOf(request);
      throw new ChatFailure("length", "cut", { latencyMs: annMs });
    });
  const asked = async (annMs: number | undefined) => {
    const chat = answering(annMs);
    const { latencyMs, transcript } = await askTeam(team(3, [[0, 1]]), "why?", { chat, model });
    return [latencyMs, ...transcript.map(({ doneMs }) => doneMs)];
  };
  assert.deepEqual(await asked(30), [50, 30, 10, 40, 50]);
  assert.deepEqual(await asked(undefined), [undefined, undefined, 10, undefined, undefined]);
});

Deno.test("a pruned agent is never called, and one agent needs no decision", async () => {
  const chat = speaker();
  const two = await askTeam({ agents: [POOL[1]!, POOL[3]!], links: [[0, 1]] }, "why?", { chat, model });
  assert.deepEqual([two.asked, chat.asked.length], [["Bob", "Dan"], 3]);
  assert.deepEqual(chat.asked.map((request) => personaOf(request).split(" ")[0]), ["Bob", "Dan", "You"]);
  const alone = await askTeam({ agents: [POOL[2]!], links: [] }, "why?", { chat, model });
  assert.deepEqual([alone.answer, alone.asked, alone.transcript.length], ["<Cid 0>", ["Cid"], 1]);
  assert.equal(chat.asked.length, 4);
});

Deno.test("each agent may have a model of its own", async () => {
  const chat = speaker();
  await askTeam({ agents: [{ ...POOL[0]!, model: "large" }, POOL[1]!], links: [] }, "why?", {
    chat,
    model: "small",
  });
  assert.deepEqual(chat.asked.map(({ model }) => model), ["large", "small", "small"]);
});

Deno.test("an agent that fails is noted and not read; a team in which all fail says why", async () => {
  const failing = (who: (role: string) => boolean, kind: "refused" | "length" = "refused") =>
    fakeChat((request) => {
      if (!who(personaOf(request))) return `<${personaOf(request).split(" ")[0]} 0>`;
      const usage = { promptTokens: 5, completionTokens: 2, estimated: false };
      throw new ChatFailure(personaOf(request) === "Dan" ? "length" : kind, "it would not", { usage });
    });
  const chat = failing((role) => role === "Ann");
  const answer = await askTeam(team(3, [[0, 2], [1, 2]]), "why?", { chat, model, decision: "last" });
  assert.equal(answer.answer, "<Cid 0>");
  assert.deepEqual(heardIn(promptIn(chat.asked.at(-1)!)), ["Bob 0"]);
  const [ann] = answer.transcript;
  assert.deepEqual([ann!.failure, ann!.content], [{ kind: "refused", message: "it would not" }, undefined]);
  assert.ok(answer.usage.promptTokens >= 5 && answer.asked.includes("Ann")); // it was asked, and paid for

  const alike = await askTeam(team(2), "why?", { chat: failing(() => true), model });
  assert.deepEqual([alike.answer, alike.failure?.kind, alike.transcript.length], [undefined, "refused", 2]);
  const mixed = await askTeam({ agents: POOL.slice(2), links: [] }, "why?", {
    chat: failing(() => true),
    model,
  });
  assert.deepEqual(mixed.failure, {
    kind: "nobody",
    message: "Nobody of the team has an answer: Cid: refused, Dan: length",
  });
  const undecided = failing((role) => role.startsWith("You decide"));
  const decision = await askTeam(team(2), "why?", { chat: undecided, model });
  assert.deepEqual([decision.answer, decision.failure?.kind], [undefined, "refused"]);
});

/** A chat of which some never answer. */
const stalling = (who: (role: string) => boolean) => {
  const chat = speaker();
  return Object.assign(
    (...[request, call]: Parameters<typeof chat>) =>
      who(personaOf(request))
        ? new Promise<never>((_, reject) => {
          const end = () => reject(new ChatFailure("deadline", "too late"));
          if (call?.signal?.aborted) end();
          call?.signal?.addEventListener("abort", end);
        })
        : chat(request, call),
    { asked: chat.asked },
  );
};

Deno.test("an agent's deadline costs its answer, the question's deadline the whole", async () => {
  const one = await askTeam(team(3, [[0, 1]]), "why?", {
    chat: stalling((role) => role === "Ann"),
    model,
    agentSeconds: 0.05,
    decision: "last",
  });
  assert.deepEqual(one.transcript.map(({ failure }) => failure?.kind), ["deadline", undefined, undefined]);
  assert.equal(one.answer, "<Cid 0>");
  const chat = stalling(() => true);
  const all = await askTeam(team(3, [[0, 1]]), "why?", { chat, model, seconds: 0.05 });
  assert.deepEqual([all.answer, all.failure?.kind, all.transcript.length], [undefined, "deadline", 3]);
  const ended = await askTeam(team(1), "why?", {
    chat,
    model,
    signal: AbortSignal.abort(new Error("enough")),
  });
  assert.equal(ended.failure?.kind, "aborted");
});

Deno.test("what cannot be asked is refused before anybody is called", async () => {
  const chat = speaker();
  const ask = (of: Team, options: object = {}) => askTeam(of, "why?", { chat, model, ...options });
  await assert.rejects(
    ask(team(0)),
    /RangeError: Cannot ask the team: expected at least one agent, found none/,
  );
  await assert.rejects(ask(team(2, [[0, 1], [1, 0]])), CyclicTeamError);
  await assert.rejects(ask(team(2, [[0, 5]])), RangeError);
  await assert.rejects(
    ask(team(2), { rounds: 0 }),
    /Cannot ask the team with rounds 0: expected a whole number from 1/,
  );
  await assert.rejects(ask(team(2), { rounds: 2, temporal: [[0, 7]] }), /names agent 7, who is not in it/);
  await assert.rejects(
    ask(team(2), { budgetTokens: 1000 }),
    /may take \d+ tokens, of a budget of 1000; keep fewer/,
  );
  for (const name of ["budgetTokens", "contextTokens"]) {
    await assert.rejects(
      ask(team(2), { [name]: NaN }),
      new RegExp(`^RangeError: Cannot ask the team with ${name} NaN: expected a number from 0, or Infinity$`),
    );
  }
  await assert.rejects(
    ask(team(4, [[0, 1]]), { contextTokens: 2000 }),
    /\d+ tokens, and the model's context holds 2000/,
  );
  const handy: Team = { agents: [{ ...POOL[0]!, tools: ["hammer"] }], links: [] };
  await assert.rejects(
    ask(handy),
    /expected tools that are known \(answers-only, python, examples\), found "hammer"/,
  );
  assert.equal(chat.asked.length, 0);
});
