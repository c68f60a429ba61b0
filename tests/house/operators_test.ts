/** A node's operator is asked for with its domain: a `com.acme:Mul` is no product. */
import assert from "node:assert/strict";
import { codeOf } from "../files_in.ts";
import { filesIn } from "./tree.ts";

/** Where a node's `op` is read and written beside its domain. */
const BESIDE_DOMAIN = /^lib\/onnx\/(operators\/table\.ts$|codec\/)/;

/** What asks for a node's `op` alone, to compare it, to look it up, or to do so a line later. */
const ASKS_ALONE: readonly RegExp[] = [
  /\.op\b (?:===|!==)/g,
  /(?:===|!==) [\w.!?]+\.op\b/g,
  /\b(?:has|get|set|add|includes|indexOf)\([\w.!?]+\.op\b/g,
  /\[[\w.!?]+\.op\]/g,
  // Taken out of a node, or of each of several.
  /\{[^{}]*\bop\b(?!:)[^{}]*\}: (?:Pick<)?Node\b/g,
  /\bnodes\b.*\(\{[^{}]*\bop\b(?!:)[^{}]*\}/g,
  /\{[^{}]*\bop\b(?!:)[^{}]*\}\]? (?:of|=) .*\b[nN]odes?\b/g,
];

/** The places of code that ask so. */
const found = (code: string): string[] =>
  /\bop\b/.test(code) ? ASKS_ALONE.flatMap((pattern) => code.match(pattern) ?? []) : [];

Deno.test("code that asks for an operator without its domain is seen", () => {
  const asking = [
    `if (node.op === "Mul") return;`,
    `return maker?.op !== "Transpose";`,
    `isStandard || name === node.op;`,
    `if (SIZES.has(node.op)) return;`,
    `total += READ[node.op] ?? 0;`,
    `const weightOf = ({ op, inputs }: Node) => op;`,
    `graph.nodes.filter(({ outputs, op }) => op === "Relu");`,
    `for (const { op } of model.graph.nodes) counts.add(op);`,
    `const { op, inputs } = node;`,
    `const [{ op, attributes }] = nodes as [Node];`,
  ];
  for (const code of asking) assert.notDeepEqual(found(code), [], code);
  const passing = [
    `return { op: node.op, weight };`,
    `g.node(node.op, inputs, node.attributes);`,
    `if (operatorOf(node) === "Mul") return;`,
    `const { node, op } = layer;`,
    `nodes.push({ op: "Relu", inputs, outputs });`,
  ];
  for (const code of passing) assert.deepEqual(found(code), [], code);
});

Deno.test("a node's operator is asked for with its domain", () => {
  const alone = ["lib", "kernels", "tasks"].flatMap((folder) => [...filesIn(folder, ".ts")])
    .filter((path) => !BESIDE_DOMAIN.test(path))
    .flatMap((path) => found(codeOf(path)).map((place) => `${path}: ${place}`));
  assert.deepEqual(alone, [], "take operatorOf, isStandard or rowOf of lib/onnx/operators/table.ts");
});
