import assert from "node:assert/strict";
import { gradientRules } from "../../lib/onnx/gradients/table.ts";
import { operators, operatorsThat, type OperatorTable, type OpName } from "../../lib/onnx/operators/table.ts";
import { contentRows } from "../../lib/onnx/shapes/contents.ts";
import { shapeRows } from "../../lib/onnx/shapes/table.ts";
import { steps } from "../../lib/onnx/upgrade/steps.ts";
import { graphRows } from "../../lib/metagraph/rows/table.ts";
import { fixups } from "../../lib/prune/fixups/table.ts";
import { channelRows } from "../../lib/prune/rows/table.ts";

const PAGE = new URL("../../docs/operator_matrix.md", import.meta.url);

const has = (table: OperatorTable<unknown>, op: OpName) => Object.hasOwn(table, op) ? "yes" : "";

function learnedOf(op: OpName): string {
  const inputs = Object.entries(operators[op].learned ?? {});
  return inputs.map(([input, { role, loose }]) => `${input} ${role}${loose ? "?" : ""}`).join(", ");
}

function changesOf(op: OpName): string {
  return Object.entries(steps).filter(([, rows]) => Object.hasOwn(rows, op)).map(([version]) => version).join(
    ", ",
  );
}

/** The page, from the tables. */
function page(): string {
  const columns = [
    "since",
    "changes",
    "learned inputs",
    "costs",
    "shape",
    "sizes",
    "gradient",
    "channels",
    "meta graph",
  ];
  const rows = (Object.keys(operators) as OpName[]).toSorted().map((op) =>
    [
      `\`${op}\``,
      operators[op].since,
      changesOf(op),
      learnedOf(op),
      operators[op].macs ? "yes" : "",
      has(shapeRows, op),
      has(contentRows, op),
      has(gradientRules, op),
      has(channelRows, op),
      has(graphRows, op),
    ].join(" | ")
  );
  return [
    "# Operators\n",
    "What each operator has: the first version of its operator set with it, versions from which on it is upgraded,",
    "inputs that are learned where they are stored (with a question mark, where constants of a computation may",
    "stand there as well), whether it multiplies and accumulates, and rows in the tables of shapes, contents of",
    "size tensors, gradients, channels and meta graphs. Made from the tables by `tests/onnx/operators_test.ts`.\n",
    "<!-- deno-fmt-ignore-start -->\n",
    `| operator | ${columns.join(" | ")} |`,
    `| --- |${columns.map(() => " --- |").join("")}`,
    ...rows.map((row) => `| ${row} |`),
    "\n<!-- deno-fmt-ignore-end -->\n",
  ].join("\n");
}

Deno.test("docs/operator_matrix.md says what the tables say; ESPALIER_UPDATE=1 writes it", async () => {
  if (Deno.env.get("ESPALIER_UPDATE") === "1") await Deno.writeTextFile(PAGE, page());
  assert.equal(await Deno.readTextFile(PAGE), page());
});

Deno.test("every operator has a shape rule, and what is cut has channels", () => {
  const all = Object.keys(operators) as OpName[];
  assert.deepEqual(all.filter((op) => !Object.hasOwn(shapeRows, op)), []);
  for (const op of Object.keys(fixups)) assert.ok(Object.hasOwn(channelRows, op), op);
});

Deno.test("facts about an operator do not contradict each other", () => {
  for (const op of operatorsThat(({ ofZero }) => ofZero)) {
    assert.equal(operators[op].elementwise, "unary", op);
  }
  for (const op of operatorsThat(({ macs }) => macs?.axes)) assert.ok(operators[op].learned, op);
  for (const op of operatorsThat(({ since }) => !(Number.isInteger(since) && since >= 1))) assert.fail(op);
});

Deno.test("a name that is no operator's does not compile", () => {
  // @ts-expect-error: Convv is not an operator.
  const table: OperatorTable<number> = { Convv: 1 };
  assert.ok(table);
});
