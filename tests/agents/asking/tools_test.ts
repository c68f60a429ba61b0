import assert from "node:assert/strict";
import { askTeam } from "../../../lib/agents/asking/ask_team.ts";
import { CODE_POOL, MATHS_POOL } from "../../../lib/agents/asking/pools.ts";
import { type Team, teamOf } from "../../../lib/agents/team.ts";
import type { Question } from "../../../lib/questions/question.ts";
import { fakeChat, personaOf, promptIn } from "./fake_chat.ts";
import { QUESTION } from "./humaneval_question.ts";

const model = "any";

const roleOf = (persona: string) => persona.match(/^You are the ([\w ]+) of a team/)?.[1] ?? "decision";

Deno.test("the solver hears numbers alone, the programmer's program is run, the inspector reads both", async () => {
  const team = teamOf(
    MATHS_POOL,
    ["Math Solver", "Programming Expert", "Inspector", "Mathematical Analyst"],
    [
      ["Mathematical Analyst", "Math Solver"],
      ["Programming Expert", "Inspector"],
      ["Math Solver", "Inspector"],
    ],
  );
  const says: Record<string, string> = {
    "Mathematical Analyst": "Let x be the pens. The answer is 51",
    "Math Solver": "The answer is 51",
    "Programming Expert": "So:\n```python\nanswer = 17 * 3\n```",
    Inspector: "All agree. The answer is 51",
  };
  const chat = fakeChat((request) => says[roleOf(personaOf(request))]!);
  const { transcript } = await askTeam(team, "What is 17 times 3?", { chat, model, decision: "last" });
  const of = (role: string) => transcript.find((turn) => turn.role === role)!;
  assert.match(of("Math Solver").messages[1]!.content, /\[Mathematical Analyst\]\nA hint: 51$/);
  assert.equal(of("Programming Expert").content, "So:\n```python\nanswer = 17 * 3\n```\n\nThe answer is 51");
  assert.match(
    of("Inspector").messages[1]!.content,
    /\[Math Solver\]\nThe answer is 51[\s\S]*answer = 17 \* 3[\s\S]*The answer is 51$/,
  );
  says["Programming Expert"] = "```python\nanswer = 1 / 0\n```";
  const failed = await askTeam(teamOf(MATHS_POOL, ["Programming Expert"], []), "?", { chat, model });
  assert.match(failed.answer!, /The program gives no answer: ZeroDivisionError: division by zero$/);
});

Deno.test("code that passes the examples is the answer without a call; other code comes with what it fails", async () => {
  const team = (roles: string[]): Team =>
    teamOf(CODE_POOL, roles, roles.slice(1).map((role, i) => [roles[i]!, role] as const));
  const block = (body: string) => "```python\ndef twice(x):\n    " + body + "\n```";
  const run = async (body: string) => {
    const chat = fakeChat((request) =>
      roleOf(personaOf(request)) === "Programming Expert" ? block(body) : "Fixed."
    );
    const answer = await askTeam(team(["Programming Expert", "Bug Fixer"]), QUESTION!, {
      chat,
      model,
      decision: "write-code",
    });
    return { chat, answer };
  };
  const good = await run("return 2 * x");
  assert.deepEqual(good.answer.asked, ["Programming Expert"]);
  assert.equal(good.answer.transcript[1]!.content, block("return 2 * x"));
  assert.equal(good.chat.asked.length, 2); // the decision still reads both
  const bad = await run("return x + 2");
  assert.deepEqual(bad.answer.asked, ["Programming Expert", "Bug Fixer"]);
  assert.match(
    promptIn(bad.chat.asked[1]!),
    /The code of Programming Expert passes 1 of 2 examples:\ntwice\(2\) gives 4\ntwice\("a"\) should give 'aa', but gives TypeError/,
  );
  assert.match(promptIn(bad.chat.asked[2]!), /passes 1 of 2 examples/);
  const broken = await run("return (");
  assert.match(
    promptIn(broken.chat.asked[1]!),
    /passes 0 of 2 examples:\nthe program does not run: SyntaxError/,
  );
});

Deno.test("the decision hears what every program does on the examples, also where one passes them all", async () => {
  const block = (body: string) => "```python\ndef twice(x):\n    " + body + "\n```";
  const says: Record<string, string> = {
    "Programming Expert": block("return x + 2"),
    "Test Analyst": "Try letters.",
    "Bug Fixer": block("return 2 * x"),
  };
  const chat = fakeChat((request) => says[roleOf(personaOf(request))] ?? "decided");
  const team = teamOf(CODE_POOL, Object.keys(says), []);
  await askTeam(team, QUESTION!, { chat, model, decision: "write-code" });
  const heard = promptIn(chat.asked.at(-1)!);
  assert.match(heard, /The code of Programming Expert passes 1 of 2 examples:/);
  assert.match(
    heard,
    /The code of Bug Fixer passes 2 of 2 examples:\ntwice\(2\) gives 4\ntwice\("a"\) gives 'aa'/,
  );
});

Deno.test("a program is run behind the beginning that its question has, as it is graded", async () => {
  const prompt =
    'from typing import List\n\ndef first(x: List[int]) -> int:\n    """\n    >>> first([7])\n    7\n    """\n';
  const question: Question = {
    ...QUESTION!,
    text: prompt,
    code: { ...QUESTION!.code!, prompt, entryPoint: "first" },
  };
  const ways = ["def first(x: List[int]) -> int:\n    return x[0]", "    return x[0]"];
  for (const program of ways) {
    const chat = fakeChat(() => "```python\n" + program + "\n```");
    const team = teamOf(CODE_POOL, ["Programming Expert", "Bug Fixer"], [[
      "Programming Expert",
      "Bug Fixer",
    ]]);
    const { asked } = await askTeam(team, question, { chat, model, decision: "last" });
    assert.deepEqual(asked, ["Programming Expert"], program);
  }
});
