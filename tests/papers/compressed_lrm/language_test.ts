import assert from "node:assert/strict";
import { answerLength } from "../../../lib/papers/compressed_lrm/lengths/answer_length.ts";
import {
  chain,
  exam,
  lessonRow,
  MOST_PEOPLE,
  QUESTIONS,
  SYMBOLS,
  world,
  written,
} from "../../../lib/papers/compressed_lrm/language.ts";
import { seededRandom } from "../../../lib/random.ts";

Deno.test("Chains: each step adds to the one before, modulo 7, and the answer writes each value down", () => {
  const random = seededRandom(3, "chains");
  for (let i = 0; i < 200; i++) {
    const steps = 2 + i % 5 as 2 | 3 | 4 | 5 | 6;
    const { question, prompt, answer } = chain(random, steps);
    assert.equal(question, `R${steps}`);
    // Read and computed from the text alone.
    const [begin, first, start, ...rest] = written(prompt).split(" ");
    assert.deepEqual([begin, rest.pop()], ["|", "?"]);
    let value = Number(start);
    const said = [first, `${value}`];
    for (let j = 0; j < rest.length; j += 2) {
      value = (value + Number(rest[j + 1]!.slice(1))) % 7;
      said.push(rest[j]!, `${value}`);
    }
    assert.equal(written(answer), [...said, "."].join(" "));
    assert.equal(answer.length - 1, answerLength(question));
    assert.equal(new Set(said.filter((_, j) => j % 2 === 0)).size, steps, "names are different");
  }
});

Deno.test("Facts: one answer to each question, and two in a row are what the two say one by one", () => {
  const facts = world(100, 5);
  assert.deepEqual(world(100, 5).colourOf(7), facts.colourOf(7));
  assert.notDeepEqual(world(100, 6).colourOf(7), facts.colourOf(7));
  const names = new Map<string, number>();
  for (let person = 0; person < 100; person++) {
    names.set(written(facts.colourOf(person).prompt).split(" ").slice(1, 3).join(" "), person);
  }
  assert.equal(names.size, 100, "everybody has another name");
  for (let person = 0; person < 100; person++) {
    const friend = written(facts.friendOf(person).answer).split(" ").slice(0, 2).join(" ");
    const colour = written(facts.colourOf(names.get(friend)!).answer);
    assert.equal(written(facts.colourOfFriend(person).answer), `${friend} colour = ${colour}`);
  }
  assert.ok(SYMBOLS.length <= 128 && new Set(SYMBOLS).size === SYMBOLS.length && MOST_PEOPLE === 576);
});

Deno.test("Lessons: answers and nothing else count, and what the exam asks two facts in a row was not in them", () => {
  const facts = world(64, 1);
  const random = seededRandom(1, "rows");
  const taught = new Set<string>();
  for (let i = 0; i < 400; i++) {
    const { ids, next } = lessonRow(random, facts, 32);
    assert.deepEqual([ids.length, next.length], [32, 32]);
    next.forEach((id, place) => assert.ok(id === -1 || id === ids[place + 1]));
    for (const [asked] of written(ids).matchAll(/\| \S+ \S+ friend colour =/g)) taught.add(asked);
    // Items of each kind alone.
    assert.ok(!written(lessonRow(random, facts, 32, "facts").ids).includes("?"));
    assert.ok(!written(lessonRow(random, facts, 32, "chains").ids).includes("colour"));
  }
  const items = exam(facts, { seed: 1, items: 20 });
  for (const question of QUESTIONS) {
    assert.equal(items.filter((item) => item.question === question).length, 20);
  }
  for (const { question, prompt } of items) {
    if (question === "K2") assert.ok(!taught.has(written(prompt)), written(prompt));
  }
  assert.ok(taught.size > 20);
});
