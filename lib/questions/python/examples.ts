import { requireOptions } from "../../options.ts";
import { type PythonOptions, runPython } from "./run_python.ts";

/** Results of a program on the examples in a text. */
export interface ExampleReport {
  /** Number of examples that came out as written. */
  readonly passed: number;
  /** Number of examples. */
  readonly total: number;
  /** A line for each: the call, what was expected, and what came where that differs. */
  readonly lines: readonly string[];
}

/** The examples of a docstring: calls after `>>>`, and the value written below each. */
export function examplesIn(text: string): { call: string; expected: string }[] {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.flatMap((line, i) => {
    const call = line.match(/^>>>\s*(.+)$/)?.[1];
    const expected = lines[i + 1]?.replace(/"""$/, "").trim();
    return call && expected && !expected.startsWith(">>>") ? [{ call, expected }] : [];
  });
}

/** Runs the examples that a question gives with an answer's code, in a process of its own. */
export async function runExamples(
  code: string,
  text: string,
  limits: PythonOptions = {},
): Promise<ExampleReport> {
  requireOptions("runExamples", limits, { seconds: true, memoryMb: true });
  const examples = examplesIn(text);
  if (examples.length === 0) return { passed: 0, total: 0, lines: [] };
  const pairs = JSON.stringify(examples.map(({ call, expected }) => [call, expected]));
  const { ok, value, error } = await runPython(`${code}\n${JUDGE}\n_judge(${pairs})\n`, limits);
  if (!ok || value === undefined) {
    const reason = error.split("\n").at(-1);
    return { passed: 0, total: examples.length, lines: [`the program does not run: ${reason}`] };
  }
  const got: (string | null)[] = JSON.parse(value);
  return {
    passed: got.filter((one) => one === null).length,
    total: examples.length,
    lines: examples.map(({ call, expected }, i) =>
      got[i] === null ? `${call} gives ${expected}` : `${call} should give ${expected}, but gives ${got[i]}`
    ),
  };
}

/** Python that says for each example what came in place of the expected value; nothing where it came. */
const JUDGE = `
def _judge(pairs):
    import json
    got = []
    for call, expected in pairs:
        try:
            value = eval(call, globals())
            got.append(None if value == eval(expected, globals()) else repr(value)[:200])
        except BaseException as error:
            got.append(f"{type(error).__name__}: {error}"[:200])
    return json.dumps(got)
`;
