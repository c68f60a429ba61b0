import assert from "node:assert/strict";
import {
  isThinkingTag,
  joinThinking,
  opensThinking,
  readThinking,
  thinkingLength,
} from "../../lib/chat/thinking.ts";

const CASES: [text: string, think: string, answer: string, closed: boolean][] = [
  ["<think>\nTwo and two.\n</think>\n\nIt is 4.", "Two and two.", "It is 4.", true],
  ["Two and two.\n</think>\nIt is 4.", "Two and two.", "It is 4.", true], // the prompt opened it
  ["a</think>b</think>c", "ab", "c", true],
  ["<think>a\n</think>\n<think>b</think>c", "a\n\nb", "c", true],
  ["<think>a <think>b</think> d</think>c", "a b d", "c", true],
  ["Well. <think>a</think>c", "Well. a", "c", true],
  ["<think>a</think>It is 4. <think>Or", "", "<think>a</think>It is 4. <think>Or", false],
  ["a</think>It is 4. <think>Or", "", "a</think>It is 4. <think>Or", false],
  ["<think>\n\n</think>\n\nIt is 4.", "", "It is 4.", true],
  ["<think>Two and", "", "<think>Two and", false],
  ["It is 4.", "", "It is 4.", false],
  ["[THINK]Two[/THINK]4", "Two", "4", true],
  ["◁think▷Two◁/think▷4", "Two", "4", true],
  ["<Thinking>Two</Thinking> 4", "Two", "4", true],
  ["<thought>Two</thought> 4", "Two", "4", true],
  ["", "", "", false],
];

Deno.test("thoughts end with the last closing tag, and without one there is nothing but an answer", () => {
  for (const [text, think, answer, closed] of CASES) {
    assert.deepEqual(readThinking(text), { think, answer, closed }, text);
    assert.equal(text.slice(thinkingLength(text)).trim(), answer, text);
  }
});

Deno.test("thoughts in a field of their own read as if they had come in the text", () => {
  const joined = joinThinking("Two and two.", "It is 4.");
  assert.deepEqual(readThinking(joined), { think: "Two and two.", answer: "It is 4.", closed: true });
  assert.equal(readThinking(joinThinking("Two and", "")).closed, false);
  assert.equal(joinThinking(undefined, "It is 4."), "It is 4.");
  assert.equal(joinThinking("", "It is 4."), "It is 4.");
});

Deno.test("every tag that parts thoughts is known for one, alone and where a reply opens them", () => {
  for (const word of ["think", "Thinking", "thought", "thoughts", "reasoning", "seed:think"]) {
    check([`<${word}>`, `</${word}>`]);
  }
  check(["[THINK]", "[/THINK]"]);
  check(["◁think▷", "◁/think▷"]);
  check(["<|START_THINKING|>", "<|END_THINKING|>"]);
  check(["<|inner_prefix|>", "<|inner_suffix|>"]);
  check(["<|begin_of_thought|>", "<|end_of_thought|>"]);
  assert.deepEqual(["<think", "think", "<think>Two", ""].filter(isThinkingTag), []);
  assert.equal(opensThinking("I think it is 4."), false);
  function check([opening, closing]: string[]): void {
    assert.equal(readThinking(`${opening}Two${closing}4`).think, "Two");
    assert.ok(isThinkingTag(opening!) && isThinkingTag(closing!), opening);
    assert.ok(opensThinking(` ${opening} Two`) && !opensThinking(`Two${closing}`), opening);
  }
});
