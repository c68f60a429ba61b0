import assert from "node:assert/strict";
import { lastBoxed } from "../../lib/questions/extract/boxed.ts";
import { codeIn, releasedCode } from "../../lib/questions/extract/code.ts";
import { lastWord } from "../../lib/questions/extract/last_word.ts";
import { lastLetter, lastOption, releasedLetter } from "../../lib/questions/extract/letter.ts";
import { lastNumber } from "../../lib/questions/extract/number.ts";
import { releasedNumber } from "../../lib/questions/extract/released_number.ts";
import { shortAnswer } from "../../lib/questions/extract/short_answer.ts";
import { verdictLabel } from "../../lib/questions/extract/verdict_label.ts";
import { lastWholeNumber } from "../../lib/questions/extract/whole_number.ts";

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
  ["The answer is 2 * 1.5 = 3 bolts.", "3", "2"],
  ["The answer is $60 \\times 3 = $180.", "180", "60"],
  ["The answer is 5, since 2 + 3 = 5.", "5", "5"],
  ["The answer is 18. 2 * 8 = 16 would be too few", "18", "18.2"],
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

Deno.test("a box ends with its own brace, and the last closed one counts", () => {
  assert.equal(lastBoxed("\\boxed{1}, then \\boxed{\\frac{a}{b_{2}}} and \\boxed{never"), "\\frac{a}{b_{2}}");
  assert.equal(lastBoxed("\\boxed{\\{1, 2\\}}"), "\\{1, 2\\}");
  assert.equal(lastBoxed("no box {1}"), undefined);
  // A model that repeats itself: each box looked through to the end would take minutes.
  assert.equal(lastBoxed(`\\boxed{7} ${"so \\boxed{".repeat(100_000)}`), "7");
});

/** Replies with the whole number of a contest. */
const WHOLE_NUMBERS: [reply: string, found: string | undefined][] = [
  ["so $m + n = \\boxed{113}$.", "113"],
  ["\\boxed{\\text{113}}", "113"],
  ["\\boxed{{1{1}3}}", "113"],
  ["\\boxed{m + n = 113}", "113"],
  ["$\\boxed{045^\\circ}$", "45"],
  ["\\boxed{80°}", "80"],
  ["\\boxed{1,\\!024}", "1024"],
  ["\\boxed{73\\text{ units}}", "73"],
  ["\\boxed{204} and, wait, \\boxed{\\mathbf{205}}", "205"],
  ["\\boxed{\\frac{1}{2}}", undefined],
  ["\\boxed{1.5}", undefined],
  ["\\boxed{2^{10}}", undefined],
  ["\\boxed{x}. The answer is 7", undefined], // the box is the answer
  ["The answer is 25. No, the answer is $\\mathbf{033}$.", "33"],
  ["The final answer: 540.", "540"],
  ["The answer is 3/4", undefined],
  ["There are 12 of them", undefined],
  ["", undefined],
];

Deno.test("whole numbers of contests are read out of LaTeX, and never out of prose", () => {
  for (const [reply, found] of WHOLE_NUMBERS) assert.equal(lastWholeNumber(reply), found, reply);
  // A run of spaces is not cut in all ways there are.
  assert.equal(lastWholeNumber(`\\boxed{7^ ${" ".repeat(400_000)}}`), undefined);
  assert.equal(lastWholeNumber(`\\boxed{7^ ${" ".repeat(400_000)}{ \\circ }}`), "7");
});

const OPTIONS: [reply: string, found: string | undefined][] = [
  ["\\boxed{\\text{D}} though (A) is near", "D"],
  ["(A) was at work; (B) is free. Hence (B)", "B"],
  ["The answer is (A), not (B).", "A"],
  ["The answer is (E), or (B)", "B"],
  ["A man came at 2pm, so B is out and C remains", "C"],
  ["It is C. A man saw her.", "C"],
  ["She was seen. It must be A.", "A"],
  ["B does not fit, so option A then", "A"],
  ["C and D are out, and A is left", "A"],
  ["C it is. A lady saw her", "C"],
  ["A man walks into a bar", undefined],
  ["Vitamin-D and B's", undefined],
  ["It is b", undefined],
  ["", undefined],
];

Deno.test("the last option named in prose is the answer where none is marked, an article is no option", () => {
  for (const [reply, found] of OPTIONS) assert.equal(lastOption(reply, "ABCD"), found, reply);
  assert.equal(lastOption("The answer is (D)", "ABC"), undefined);
});

const VERDICTS: [reply: string, found: "True" | "False" | "Uncertain" | undefined][] = [
  ["The conclusion is true.", "True"],
  ["The conclusion is **not true**.", "False"],
  ["It isn't false, so it holds", "True"],
  ["It cannot be true.", "False"],
  ["That is untrue", "False"],
  ["First I thought it false, but it is TRUE", "True"],
  ["It is unknown", "Uncertain"],
  ["It is undetermined whether it is true", "Uncertain"],
  ["The conclusion cannot be determined as true or false", "Uncertain"],
  ["It can't be definitively concluded that the statement is true", "Uncertain"],
  ["The conclusion is neither true nor false given the premises", "Uncertain"],
  ["The conclusion is not necessarily true", "Uncertain"],
  ["Whether it is true or false is not known", "Uncertain"],
  ["We cannot conclude that she is a student, so the conclusion is false.", "False"],
  ["If A then B, so the conclusion is true.", "True"],
  ["\\boxed{\\text{Uncertain}}, as it may be true", "Uncertain"],
  ["The answer is: **Uncertain**. It could be true, it could be false.", "Uncertain"],
  ["One says true, false, or uncertain.", undefined],
  ["I need to find out whether it is true or false", undefined],
  ["Truely falsehood", undefined],
  ["", undefined],
];

Deno.test("verdicts on conclusions are read with their negations", () => {
  for (const [reply, found] of VERDICTS) assert.equal(verdictLabel(reply), found, reply);
});

Deno.test("one of few words: the boxed, the marked, or the last one", () => {
  const read = (reply: string) => lastWord(reply, ["Yes", "No"]);
  assert.deepEqual(
    [
      "\\boxed{yes} or no",
      "The answer is NO, not yes",
      "No? yes. Nothing more",
      "So yes: there is no lie",
      "Notes",
      "",
    ].map(
      read,
    ),
    ["Yes", "No", "Yes", "Yes", undefined, undefined],
  );
});

const SHORT_ANSWERS: [reply: string, found: string | undefined][] = [
  ["Long thoughts about **Rome** and others.\n\n**Answer:** Paris.", "Paris"],
  ["**Final Answer**\n\\boxed{\\text{Apple Corps}}", "Apple Corps"],
  ["**Final answer**\nApple Corps\nThat is all", "Apple Corps"],
  ["So it is **Apple Corps**, which holds it.", "Apple Corps"],
  ["It is in France.\nThe answer is Paris.\n", "Paris"],
  ["So the final answer is: `Paris`", "Paris"],
  ["Paris", "Paris"],
  ["\n \n", undefined],
];

Deno.test("short answers are the boxed or bold words, else the last line", () => {
  for (const [reply, found] of SHORT_ANSWERS) assert.equal(shortAnswer(reply), found, reply);
});
