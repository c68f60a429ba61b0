/**
 * The command line: `espalier in.onnx out.onnx --macs 0.5`, as a function of its arguments.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { runCommandLine } from "./run_command_line.ts";
 *
 * const lines: string[] = [];
 * const terminal = { out: (line: string) => lines.push(line), err: (line: string) => lines.push(line) };
 * assert.equal(await runCommandLine(["help", "inspect"], terminal), 0);
 * assert.match(lines.join("\n"), /Usage: espalier inspect/);
 * ```
 *
 * @module
 */
export type { Terminal } from "./command.ts";
export { runCommandLine } from "./run_command_line.ts";
