/** What the recording `tests/fixtures/chat/maths_pool.jsonl` has: questions, teams and settings. */
import { MATHS_POOL } from "../../../lib/agents/asking/pools.ts";
import { type Team, teamOf } from "../../../lib/agents/team.ts";
import { readQuestions } from "../../../lib/questions/load_questions.ts";

export const RECORDED_QUESTIONS = readQuestions(
  "gsm8k",
  "made",
  [
    ["Tom has 12 marbles and gives 5 of them to Ann. How many marbles does Tom have left?", 7],
    ["A box has 3 rows with 4 eggs each. How many eggs are in the box?", 12],
    ["A pen costs 2 dollars and a book costs 9 dollars. How many dollars do 3 pens and a book cost?", 15],
  ].map(([question, answer]) => JSON.stringify({ question, answer: `#### ${answer}` })).join("\n"),
);

const ROLES = MATHS_POOL.map(({ role }) => role);
const pairs = ROLES.flatMap((from, i) => ROLES.slice(i + 1).map((to) => [from, to] as const));

export const RECORDED_TEAMS: Readonly<Record<string, Team>> = {
  complete: teamOf(MATHS_POOL, ROLES, pairs),
  chain: teamOf(
    MATHS_POOL,
    ROLES,
    pairs.filter(([from, to]) => ROLES.indexOf(to) === ROLES.indexOf(from) + 1),
  ),
  single: teamOf(MATHS_POOL, ["Mathematical Analyst"], []),
};

export const RECORDED_OPTIONS = { model: "smollm2-135m-instruct", maxTokens: 160 };
