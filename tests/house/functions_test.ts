/** Functions: how much they take, and how long they are. */
import assert from "node:assert/strict";
import { codeOf } from "../files_in.ts";
import { filesIn } from "./tree.ts";

interface Declared {
  name: string;
  parameters: number;
  /** Lines but for comments, without those of functions within it. */
  lines: number;
}

const PARAMETERS = 4;
const LINES = 60;

/** Functions that take more: what they take is a list that everybody knows, or they run for every number. */
const TAKE_MORE: Readonly<Record<string, readonly string[]>> = {
  // The inputs of ONNX's operators, in ONNX's order.
  "lib/onnx/builder.ts": ["slice", "scatterElements", "conv", "batchNorm"],
  "lib/onnx/graph_editor.ts": ["nodeNamed"],
  // Called for every few weights of a file.
  "lib/formats/ggml/unpack_i.ts": ["row", "trits"],
  // A model, what was left of it, the plan between them, and data.
  "lib/prune/recovery/recover.ts": ["recover"],
  // Two lists of numbers beside two lists of what they are of.
  "lib/text/span_windows.ts": ["bestSpans"],
  // A row of a published table.
  "lib/papers/iss_p/published.ts": ["small"],
};

/** Functions that are longer: a sequence that has no parts, or loops that must not call anything. */
const ARE_LONGER: Readonly<Record<string, readonly string[]>> = {
  // A network from its input to its output.
  "lib/nn/bert.ts": ["encoder"],
  "lib/nn/decoder.ts": ["build"],
  // A connection, opened in the order that the protocol asks for.
  "kernels/jupyter/protocol/client.ts": ["startClient"],
  // Unrolled by numbers of columns.
  "kernels/webgpu/sparse/spmm_cpu.ts": ["multiplyRuns"],
};

/** The functions of a file and the methods of its classes, as the formatter lays them out. */
function functionsOf(path: string): Declared[] {
  const text = codeOf(path);
  const starts =
    /^(?:export )?(?:default )?(?:async )?function\*? (\w+)|^(?:export )?const (\w+)(?:: \w+)? = (?:async )?(?=\()|^ {2}(?:static |async |override |readonly )*\*?(#?\w+)(?: = )?(?=(?:<[^\n]*>)?\()/gm;
  return [...text.matchAll(starts)].flatMap(({ 0: start, 1: own, 2: arrow, 3: method, index }) => {
    const name = (own ?? arrow ?? method)!;
    if (/^(if|for|while|switch|catch|return|await|throw|super)$/.test(name)) return [];
    const signature = parametersAt(text, index + start.length);
    if (!signature) return [];
    const end = method === undefined ? "\n}" : "\n  }";
    const body = text.slice(index, text.indexOf(end, signature.end) + end.length);
    // A call, or an expression, not a function with a body of its own.
    if (method !== undefined && !/^(: [^\n]*)? (\{|=>)/.test(text.slice(signature.end))) return [];
    const lines = arrow !== undefined && !/^[^\n]*=>\s\{/.test(text.slice(signature.end))
      ? 1
      : ownLines(body);
    return [{ name, parameters: signature.count, lines }];
  });
}

/** How many parameters stand in the brackets that begin at or after a place, and where they end. */
function parametersAt(text: string, from: number): { count: number; end: number } | undefined {
  let [depth, commas, filled] = [0, 0, false];
  let at = text.indexOf("(", from);
  if (at < 0) return undefined;
  for (; at < text.length; at++) {
    const letter = text[at]!;
    if (letter === "=" && text[at + 1] === ">") at++;
    else if ("([{<".includes(letter)) depth++;
    else if (")]}>".includes(letter)) {
      if (--depth === 0) return { count: filled ? commas + 1 : commas, end: at + 1 };
    } else if (depth === 1 && letter === ",") {
      commas++;
      filled = false;
      continue;
    }
    if (depth > 1 || (depth === 1 && /\w/.test(letter))) filled = true;
  }
  return undefined;
}

/** Lines of a function that are no comment, blank, or part of a function within it. */
function ownLines(body: string): number {
  const opens =
    /(=>[ ({[]*|\bfunction\*? \w*\(.*\{|^ +(async )?(?!if|for|while|switch|catch|else)#?\w+\(.*\)(: .*)? \{)$/;
  let count = 0;
  let within: number | undefined;
  for (const line of body.split("\n")) {
    if (line.trim() === "") continue;
    const indent = line.match(/^ */)![0].length;
    if (within !== undefined && indent > within) continue;
    const closes = within !== undefined && /^ *[)\]}]/.test(line);
    within = count > 0 && opens.test(line) ? indent : undefined;
    if (!closes) count++;
  }
  return count;
}

const files = ["lib", "kernels", "tasks"].flatMap((path) => [...filesIn(path, ".ts")]);
const found = files.map((path) => [path, functionsOf(path)] as const);

function beyond(
  most: (declared: Declared) => boolean,
  excepted: Readonly<Record<string, readonly string[]>>,
): string[] {
  const wrong = found.flatMap(([path, all]) =>
    all.filter(most).filter(({ name }) => !excepted[path]?.includes(name)).map((one) =>
      `${path}: ${one.name} (${one.parameters} parameters, ${one.lines} lines)`
    )
  );
  const idle = Object.entries(excepted).flatMap(([path, names]) =>
    names.filter((name) =>
      !found.some(([file, all]) => file === path && all.some((one) => one.name === name && most(one)))
    )
      .map((name) => `${path}: ${name} is no exception any more`)
  );
  return [...wrong, ...idle];
}

Deno.test("functions are found with what they take and how long they are", () => {
  assert.ok(found.reduce((sum, [, all]) => sum + all.length, 0) > 4000);
  const [{ name, parameters }] = functionsOf("lib/tensor/tensor.ts").filter(({ name }) =>
    name === "sizeOf"
  ) as [
    Declared,
  ];
  assert.deepEqual([name, parameters], ["sizeOf", 1]);
});

Deno.test("a function takes four things at most: what travels together is one", () => {
  assert.deepEqual(beyond(({ parameters }) => parameters > PARAMETERS, TAKE_MORE), []);
});

Deno.test("a function has sixty lines at most, functions within it not counted, but for shaders", () => {
  const shaders = ({ name }: Declared) => /Shader$/.test(name);
  assert.deepEqual(beyond((one) => one.lines > LINES && !shaders(one), ARE_LONGER), []);
});
