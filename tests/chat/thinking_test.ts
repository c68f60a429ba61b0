import assert from "node:assert/strict";
import { isThinkingTag, joinThinking, readThinking, thinkingLength } from "../../lib/chat/thinking.ts";

const CASES: [text: string, think: string, answer: string, closed: boolean][] = [
  ["<think>\nTwo and two.\n</think>\n\nIt is 4.", "Two and two.", "It is 4.", true],
  ["Two and two.\n</think>\nIt is 4.", "Two and two.", "It is 4.", true], // the prompt opened it
  ["a</think>b</think>c", "a</think>b", "c", true],
  ["<think>\n\n</think>\n\nIt is 4.", "", "It is 4.", true],
  ["<think>Two and", "", "<think>Two and", false],
  ["It is 4.", "", "It is 4.", false],
  ["[THINK]Two[/THINK]4", "Two", "4", true],
  ["◁think▷Two◁/think▷4", "Two", "4", true],
  ["<Thinking>Two</Thinking> 4", "Two", "4", true],
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

Deno.test("tags around thoughts are known by themselves, and nothing else is one", () => {
  for (const name of ["<think>", "<thinking>", "<thought>", "[THINK]", "◁think▷"]) {
    const closing = name.replace(/^./u, (first) => `${first}/`);
    for (const tag of [name, closing]) {
      assert.ok(isThinkingTag(tag), tag);
      assert.ok(!isThinkingTag(`${tag} so`) && !isThinkingTag(`a${tag}`), tag);
    }
    assert.equal(readThinking(`${name}so${closing}four`).answer, "four");
  }
  for (const text of ["<thinker>", "think", "<|think|>", ""]) assert.ok(!isThinkingTag(text), text);
});
