import assert from "node:assert/strict";
import { codeIn, releasedCode } from "../../lib/questions/extract/code.ts";
import { lastLetter, releasedLetter } from "../../lib/questions/extract/letter.ts";
import { lastNumber } from "../../lib/questions/extract/number.ts";
import { releasedNumber } from "../../lib/questions/extract/released_number.ts";

/** Replies with a number: what the strict extractor reads, and what the released one does. */
const NUMBERS: [reply: string, strict: string | undefined, released: string][] = [
  ["The answer is 18", "18", "18"],
  ["The answer is 18.", "18", "18"],
  ["so 3 + 4 = 7. The answer is: 7", "7", "7"],
  ["The answer is -5", "-5", "5"], // loses the sign
  ["The answer is 1,000", "1000", "1"], // and the thousands
  ["The answer is $1,234.50.", "1234.50", "1"],
  ["The answer is 1.05", "1.05", "15"], // and every ".0"
  ["The answer is 10.0", "10.0", "10"],
  ["the answer is 5. No: The answer is 6", "6", "6"],
  ["The answer is 6, so the answer is 7", "7", "6"], // the phrase with a capital goes first
  ["We get \\boxed{42}", "42", "42"],
  ["We get \\boxed{12\\text{ apples}}", "12", "12"],
  ["First \\boxed{1}, then $\\boxed{-2}$", "-2", "2"],
  ["#### 72", "72", "72"],
  ["She has 3 apples and 4 pears", "4", "4"],
  ["It costs −3 dollars", "-3", "3"],
  ["Between 5-7 of them", "7", "7"], // a dash between numbers is no sign
  ["It is 2030-01-05, 17 in all", "17", "17"],
  ["half, that is .5", ".5", "1"], // 0.5 becomes a fraction, of which it reads the numerator
  ["I do not know", undefined, "0"],
  ["", undefined, "0"],
  ["The answer is unknown, though 9 is near", "9", "9"],
  ["Answer: 12 metres", "12", "12"],
  ["Her answer is right: x=7", "7", "7"],
];

Deno.test("numbers are read with sign, thousands and decimals; as released, without", () => {
  for (const [reply, strict, released] of NUMBERS) {
    assert.equal(lastNumber(reply), strict, `strict: ${reply}`);
    assert.equal(releasedNumber(reply), released, `released: ${reply}`);
  }
});

const LETTERS: [reply: string, strict: string | undefined][] = [
  ["B", "B"],
  ["b", "B"],
  ["B.", "B"],
  ["(B) because it is so", "B"],
  ["**C** it is", "C"],
  ["The answer is D", "D"],
  ["The answer is (A), not B", "A"],
  ["The answer is: **C**.", "C"],
  ["I thought the answer is A, but the answer is option B: seven", "B"],
  ["The correct option is C", "C"],
  ["so $\\boxed{\\text{D}}$", "D"],
  ["\\boxed{A}", "A"],
  ["A man walks into a bar", undefined],
  ["The answer is a number", undefined],
  ["The answer is unclear", undefined],
  ["the answer is b.", "B"],
  ["Answer: B", "B"],
  ["The answer is A because it is", "A"],
  ["The answer is $\\boxed{C}$", "C"],
  ["Because of B it cannot be decided", undefined],
  ["The answer is E", undefined], // there are four options
  ["", undefined],
];

Deno.test("letters are read where they are given as an answer, and never guessed", () => {
  for (const [reply, strict] of LETTERS) assert.equal(lastLetter(reply, "ABCD"), strict, reply);
  assert.equal(lastLetter("The answer is E", "ABCDE"), "E");
});

Deno.test("as released: the first character after the first phrase, else a letter by chance", () => {
  assert.equal(releasedLetter("The answer is B", "q"), "B");
  assert.equal(releasedLetter("answer is: Option C", "q"), "C");
  assert.equal(releasedLetter("The answer is A. No, the answer is B", "q"), "A");
  assert.equal(releasedLetter("A man walks into a bar", "q"), "A");
  const guessed = Array.from({ length: 400 }, (_, i) => releasedLetter("The answer is (B)", `q${i}`));
  for (const letter of "ABCD") {
    const share = guessed.filter((one) => one === letter).length / guessed.length;
    assert.ok(Math.abs(share - 0.25) < 0.08, `${letter}: ${share}`);
  }
  assert.equal(releasedLetter("", "q"), releasedLetter("?", "q"));
});

const QUESTION = { prompt: 'import math\n\ndef f(x):\n    """ Twice x. """\n', entryPoint: "f", tests: "" };

Deno.test("code is read from the last block that defines the function, with the question's beginning", () => {
  const { prompt } = QUESTION;
  const good = "def f(x):\n    return 2 * x\n";
  const cases: [reply: string, program: string][] = [
    [good, `${prompt}\n${good}`],
    ["```python\n" + good + "```", `${prompt}\n${good}`],
    ["First:\n```py\ndef g():\n    pass\n```\nthen\n```\n" + good + "```\nDone. ```", `${prompt}\n${good}`],
    ["```python\n" + good + "```\nUse it:\n```python\nprint(f(2))\n```", `${prompt}\n${good}`],
    ["~~~\n" + good + "~~~", `${prompt}\n${good}`],
    ["    return 2 * x\n", `${prompt}    return 2 * x\n`],
    ["```python\n    return 2 * x\n```", `${prompt}    return 2 * x\n`],
  ];
  for (const [reply, program] of cases) assert.equal(codeIn(reply, QUESTION), program, reply);
});

Deno.test("as released, code that begins with a letter of 'python' loses it", () => {
  assert.equal(releasedCode("```python\ndef f(): pass\n```"), "def f(): pass");
  assert.equal(releasedCode("```python\ntotal = 1\n```"), "al = 1");
});
