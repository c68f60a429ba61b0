/** The whole way through the public doors: my agents, my endpoint, my questions; find, train, ask, replay. */
import assert from "node:assert/strict";
import {
  askQuestions,
  cheapestWithin,
  findTeams,
  fullTeam,
  linksOf,
  ngramEmbedder,
  pricedByAnswers,
  removalLosses,
  teamOfTopology,
  topologyOf,
  trainTeamChooser,
} from "../../../lib/agents/mod.ts";
import { endpointChat, readRecording, recordedChat, totalTokens } from "../../../lib/chat/mod.ts";
import { grade, readQuestions } from "../../../lib/questions/mod.ts";
import * as acts from "../../chat/loopback_server.ts";
import { type Exchange, loopbackServer } from "../../chat/loopback_server.ts";

const POOL = ["Chemist", "Mathematician", "Joker"].map((role) => ({
  role,
  persona: `You are the ${role} of a team. End with: The answer is N.`,
}));

/** Sums are for the Mathematician, elements for the Chemist, and the Joker is always wrong. */
const asJson = (questions: [string, number][]) =>
  readQuestions(
    "gsm8k",
    "made",
    questions.map(([question, answer]) => JSON.stringify({ question, answer: `#### ${answer}` })).join("\n"),
  );
const THINGS = ["pears", "nails", "coins", "birds", "cups", "stones", "books", "maps", "keys", "pens"];
const ELEMENTS: [string, number][] = [
  ["carbon", 6],
  ["neon", 10],
  ["iron", 26],
  ["gold", 79],
  ["zinc", 30],
  ["tin", 50],
  ["lead", 82],
  ["boron", 5],
  ["argon", 18],
  ["radon", 86],
];
const QUESTIONS = asJson([
  ...THINGS.map((thing, i): [string, number] => [
    `How many ${thing} are ${i + 2} ${thing} and 3 ${thing} together?`,
    i + 5,
  ]),
  ...ELEMENTS.map(([name, number]): [string, number] => [
    `Which place has the element ${name} in the periodic table?`,
    number,
  ]),
]);
const [TRAIN, TEST] = [0, 1].map((odd) => QUESTIONS.filter((_, i) => i % 2 === odd)) as [
  typeof QUESTIONS,
  typeof QUESTIONS,
];

/** What the model says: an agent by what it knows, the decision by majority, of equal ones the first. */
function said({ body }: Exchange): string {
  const [system, user] = body.messages.map(({ content }) => content) as [string, string];
  const question = QUESTIONS.find(({ text }) => user.includes(text))!;
  const isSum = question.text.startsWith("How many");
  if (system.startsWith("You decide")) {
    const votes = [...user.matchAll(/The answer is (\d+)/g)].map(([, vote]) => vote!);
    const count = (vote: string) => votes.filter((other) => other === vote).length;
    return `The answer is ${votes.toSorted((a, b) => count(b) - count(a))[0]}`;
  }
  const knows = system.includes("Mathematician") ? isSum : system.includes("Chemist") && !isSum;
  return `The answer is ${
    knows ? question.gold : Number(question.gold) + 1 + (system.includes("Joker") ? 1 : 0)
  }`;
}

const openServer = () => {
  let calls = 0;
  return loopbackServer((_, times) => {
    // Every seventh call fails at first.
    const act: acts.Act = (exchange) => acts.whole()({ ...exchange, answer: said(exchange) });
    return times === 0 && ++calls % 7 === 0 ? acts.status(503) : act;
  });
};

Deno.test("my agents, my endpoint, my questions: find teams, train, ask, and see who answered and what it cost", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/run.jsonl`;
    const whole = async (missing?: ReturnType<typeof endpointChat>) => {
      const chat = await recordedChat({ path, missing });
      const asking = { chat, model: "any", maxTokens: 100 };
      const search = await findTeams(POOL, TRAIN, { ...asking, candidates: 12, repeats: 2, keep: 1 });
      const chooser = await trainTeamChooser(POOL, search.found, ngramEmbedder(), { epochs: 60 });
      const learned = await askQuestions(TEST, chooser, asking);
      const all = await askQuestions(TEST, fullTeam(POOL), asking);
      return { search, learned, all };
    };
    const server = openServer();
    const endpoint = endpointChat({ baseURL: server.baseURL, stream: false }, { firstWaitMs: 1 });
    const first = await whole(endpoint);
    const { search, learned, all } = first;

    assert.deepEqual([search.left, learned.left], [[], []]);
    const best = search.found.map(({ teams }) => teams[0]!);
    assert.deepEqual(best, TRAIN.map(({ text }) => topologyOf(3, [text.startsWith("How") ? 1 : 0], [])));
    // Failures are kept, and what was found is what the trials say.
    for (const { trials, teams } of search.found) {
      assert.ok(trials.some(({ successes }) => successes === 0) && teams.length === 1);
      assert.ok(trials.every(({ runs, tokens }) => runs >= 1 && tokens > 0));
    }
    for (const { question, asked, correct, usage, everybodyTokens } of learned.answers) {
      const text = typeof question === "string" ? question : question.text;
      assert.deepEqual(asked, [text.startsWith("How") ? "Mathematician" : "Chemist"], text);
      assert.equal(correct, true);
      assert.ok(totalTokens(usage) < everybodyTokens!);
    }
    assert.ok(totalTokens(learned.usage) < totalTokens(all.usage) / 3);

    // The price tag, and what each agent is worth, from recorded answers alone.
    const replay = await recordedChat({ path });
    const single = teamOfTopology(POOL, topologyOf(3, [1], []));
    const outcome = async (questions: typeof TEST, team: typeof single) =>
      pricedByAnswers(
        team,
        (await askQuestions(questions, team, { chat: replay, model: "any", maxTokens: 100 })).answers,
      );
    const sums = TEST.filter(({ text }) => text.startsWith("How"));
    const { chosen, tokenShare } = cheapestWithin(
      await outcome(sums, fullTeam(POOL)),
      [await outcome(sums, single)],
      { margin: 0.02 },
    );
    assert.deepEqual([chosen.team.agents.map(({ role }) => role), tokenShare < 0.4], [
      ["Mathematician"],
      true,
    ]);

    // Once more, as after a kill: nothing is asked again, and everything is the same.
    await server[Symbol.asyncDispose]();
    const again = await whole();
    assert.equal(JSON.stringify(again), JSON.stringify(first));
    const hashes = (await readRecording(path)).filter(({ reply }) => reply).map(({ hash }) => hash);
    assert.equal(new Set(hashes).size, hashes.length);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what each agent and link is worth, asked of an endpoint: the loss is what the answers say", async () => {
  await using server = openServer();
  const chat = endpointChat({ baseURL: server.baseURL, stream: false }, { firstWaitMs: 1 });
  const sums = QUESTIONS.slice(0, 4);
  const utility = async (topology: ReturnType<typeof topologyOf>) => {
    const { answers } = await askQuestions(sums, teamOfTopology(POOL, topology), { chat, model: "any" });
    return answers.filter(({ correct }) => correct).length / answers.length;
  };
  const team = topologyOf(3, [1, 2], [[1, 2]]);
  const losses = await removalLosses(team, utility);
  assert.deepEqual(losses.map(({ agent, link, loss }) => [agent ?? link, loss]), [[1, 1], [2, 0], [
    [1, 2],
    0,
  ]]);
  assert.deepEqual(linksOf(losses[2]!.team), []);
});

Deno.test("a search without a way to judge is refused, one whose budget ends gives the rest back", async () => {
  await using server = openServer();
  const chat = endpointChat({ baseURL: server.baseURL, stream: false }, { firstWaitMs: 1 });
  const asking = { chat, model: "any", maxTokens: 100, candidates: 6, repeats: 2 };
  await assert.rejects(
    findTeams(POOL, ["Why?"], asking),
    /expected to know which answers are right, found the text "Why\?"/,
  );
  assert.equal(server.seen.length, 0);
  const own = await findTeams(POOL, [TRAIN[0]!.text], {
    ...asking,
    isRight: async (_, answer) => (await grade(TRAIN[0]!, answer)).correct,
  });
  assert.deepEqual(own.found[0]!.teams[0]!.kept, 2);
  const budget = 2 * totalTokens(own.usage) + 1000;
  const some = await findTeams(POOL, TRAIN, { ...asking, totalTokens: budget, concurrency: 1 });
  assert.ok(totalTokens(some.usage) <= budget && some.found.length >= 1);
  assert.deepEqual(some.left, TRAIN.slice(some.found.length));
  const none = await findTeams(POOL, TRAIN, { ...asking, totalTokens: 100 });
  assert.deepEqual([none.found, none.usage.promptTokens, none.left.length], [[], 0, TRAIN.length]);
});
