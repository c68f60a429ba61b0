import type { Json } from "../protocol/wire.ts";
import { readCell } from "./cell_code.ts";
import type { CellProcess } from "./cell_process.ts";
import { type Failure, syntaxFailure } from "./failure.ts";

/**
 * Values of the expressions that a client asks for with a cell, once that has run, by their names: each as it
 * would show, or its error. What they print is for nobody.
 */
export async function valuesOf(expressions: unknown, process: CellProcess): Promise<Json> {
  const values: Json = {};
  for (const [name, expression] of Object.entries(expressions ?? {})) {
    values[name] = await valueOf(String(expression), process);
  }
  return values;
}

async function valueOf(expression: string, process: CellProcess): Promise<Json> {
  const code = await readCell(expression);
  const failed = (failure: Failure | Json): Json => ({ ...failure, status: "error" });
  if (code.problems.length) return failed(syntaxFailure(expression, code));
  let value: Json = {};
  const reply = await process.run({ code, silent: false, allowStdin: false }, ({ type, content }) => {
    if (type === "execute_result") value = content;
  });
  if (reply.status !== "ok") return failed(reply);
  return { status: "ok", data: value.data ?? {}, metadata: value.metadata ?? {} };
}
