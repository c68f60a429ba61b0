import { BENCHMARKS } from "../../questions/benchmarks.ts";
import { codeIn } from "../../questions/extract/code.ts";
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

/** A message that is a program, and what it does on the question's examples. */
export interface TriedProgram {
  /** The message. */
  readonly heard: Heard;
  /** Whether it passes all examples. */
  readonly isWhole: boolean;
  /** Examples that it passes and fails, in words. */
  readonly note: string;
}

/**
 * Runs the programs among messages on the question's examples, one after the other; of a question without
 * examples there is nothing to run. The question's own beginning goes before each, as when it is graded.
 */
export async function* tryPrograms({ question, heard }: Situation): AsyncGenerator<TriedProgram> {
  const asked = typeof question === "string" ? undefined : question.code;
  for (const one of heard) {
    const code = onlyCode(one.content);
    if (code === undefined) continue;
    const { passed, total, lines } = await runExamples(asked ? codeIn(code, asked) : code, textOf(question));
    if (total === 0) return;
    yield {
      heard: one,
      isWhole: passed === total,
      note: `The code of ${one.role} passes ${passed} of ${total} examples:\n${lines.join("\n")}`,
    };
  }
}

/** The first of the others' programs that passes all examples as the answer, else what each fails. */
async function passingCode(situation: Situation): Promise<Prepared> {
  const notes: string[] = [];
  for await (const { heard, isWhole, note } of tryPrograms(situation)) {
    if (isWhole) return { note: "", answer: heard.content };
    notes.push(note);
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
  examples: { prepare: passingCode },
};

/** A tool by the name that an agent has it under: one of the caller's own, else a known one. */
export function toolNamed(
  name: string,
  { tools = {} }: { readonly tools?: Readonly<Record<string, Tool>> | undefined },
): Tool | undefined {
  return [tools, TOOLS].find((known) => Object.hasOwn(known, name))?.[name];
}
