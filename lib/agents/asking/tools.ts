import { BENCHMARKS } from "../../questions/benchmarks.ts";
import { lastNumber } from "../../questions/extract/number.ts";
import { runExamples } from "../../questions/python/examples.ts";
import { runPython } from "../../questions/python/run_python.ts";
import type { Heard, Situation, TeamQuestion } from "./prompt.ts";
import { textOf } from "./prompt.ts";

/** Findings of a tool before its agent is asked. */
export interface Prepared {
  /** Text that is added to the prompt; nothing where it is empty. */
  readonly note: string;
  /** An answer that makes it needless to ask the agent. */
  readonly answer?: string | undefined;
}

/** Something an agent may use. Tools act on texts; the model is offered none to call. */
export interface Tool {
  /**
   * The part of somebody's message that reaches the agent: all of it by default, nothing where it is
   * `undefined`.
   */
  hear?(heard: Heard, question: TeamQuestion): string | undefined;
  /** Looks at the situation before the agent is asked. */
  prepare?(situation: Situation): Promise<Prepared>;
  /** Adds something to what the agent said. */
  complete?(content: string): Promise<string>;
}

const ONE_BLOCK = /^\s*```(?:python|py)?[ \t]*\n([\s\S]*?)\n?```\s*$/;

/** The program of a message that is one block of code and nothing else. */
function onlyCode(content: string): string | undefined {
  const code = content.match(ONE_BLOCK)?.[1];
  return code?.includes("```") ? undefined : code;
}

/** The answer that a message gives, as its benchmark reads it; else its last number. */
export function answerIn(content: string, question: TeamQuestion): string | undefined {
  if (typeof question === "string") return lastNumber(content);
  return BENCHMARKS[question.benchmark].extract.strict(content, question);
}

/** Results of running the others' code on the question's examples, for all who judge it. */
export async function judgeCode({ question, heard }: Situation): Promise<Prepared> {
  const notes: string[] = [];
  for (const { role, content } of heard) {
    const code = onlyCode(content);
    if (code === undefined) continue;
    const { passed, total, lines } = await runExamples(code, textOf(question));
    if (total === 0) continue;
    if (passed === total) return { note: "", answer: content };
    notes.push(`The code of ${role} passes ${passed} of ${total} examples:\n${lines.join("\n")}`);
  }
  return { note: notes.join("\n\n") };
}

/** The tools by the names that agents have them under. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  /** Only the answers of the others are heard, as hints. */
  "answers-only": {
    hear: ({ content }, question) => {
      const answer = answerIn(content, question);
      return answer === undefined ? undefined : `A hint: ${answer}`;
    },
  },
  /** A program in what the agent says is run, and its result is added. */
  python: {
    complete: async (content) => {
      const code = content.match(/```(?:python|py)?[ \t]*\n([\s\S]*?)```/)?.[1];
      if (code === undefined) return content;
      const { value, error } = await runPython(code);
      const result = value === undefined
        ? `The program gives no answer: ${error.split("\n").at(-1) || "it leaves none"}`
        : `The answer is ${value}`;
      return `${content}\n\n${result}`;
    },
  },
  /** Code of others is run with the question's examples; if it passes them all, it is the answer. */
  examples: { prepare: judgeCode },
};

/** A tool by the name that an agent has it under: one of the caller's own, else a known one. */
export function toolNamed(
  name: string,
  { tools = {} }: { readonly tools?: Readonly<Record<string, Tool>> | undefined },
): Tool | undefined {
  return [tools, TOOLS].find((known) => Object.hasOwn(known, name))?.[name];
}
