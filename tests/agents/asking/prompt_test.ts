import assert from "node:assert/strict";
import { promptOf, textOf } from "../../../lib/agents/asking/prompt.ts";
import { readQuestions } from "../../../lib/questions/load_questions.ts";

Deno.test("a question is its text, whether a benchmark's or one's own", () => {
  const [question] = readQuestions("aime", "made", JSON.stringify([{ problem: "2 + 2?", answer: "4" }]));
  assert.equal(textOf("Why?"), "Why?");
  assert.match(textOf(question!), /2 \+ 2\?/);
});

Deno.test("the persona is the system's; the question, both rounds and notes follow in that order", () => {
  const messages = promptOf("You are a cook.", {
    question: "What is for dinner?",
    heard: [{ role: "Guest", content: "Fish." }, { role: "Butler", content: "Soup." }],
    before: [{ role: "Guest", content: "Meat." }],
  }, ["The oven is broken."]);
  assert.deepEqual(messages[0], { role: "system", content: "You are a cook." });
  assert.equal(messages.length, 2);
  assert.equal(messages[1]!.role, "user");
  const { content } = messages[1]!;
  const places = ["dinner?", "[Guest]\nMeat.", "[Guest]\nFish.", "[Butler]\nSoup.", "oven"].map((part) =>
    content.indexOf(part)
  );
  assert.ok(places.every((place, i) => place > (places[i - 1] ?? -1)), String(places));
});

Deno.test("who hears nobody is told of nobody", () => {
  const [, { content }] = promptOf("", { question: "Why?", heard: [], before: [] }) as [unknown, {
    content: string;
  }];
  assert.equal(content, "The question:\n\nWhy?");
});
