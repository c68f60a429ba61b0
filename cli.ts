/**
 * The program `espalier`: `deno run -A cli.ts in.onnx out.onnx --macs 0.5`, or installed by
 * `deno install -gA --name espalier cli.ts`. `--help` tells what there is.
 *
 * Answers go to stdout, progress and errors to stderr. It ends with 0 where it was done, 1 where it cannot be
 * done, 2 where what was typed cannot be meant.
 *
 * ```sh
 * deno run -A cli.ts model.onnx half.onnx --macs 0.5
 * ```
 *
 * @module
 */
import { runCommandLine } from "./lib/cli/mod.ts";

if (import.meta.main) {
  const code = await runCommandLine(Deno.args, {
    out: (line) => console.log(line),
    err: (line) => console.error(line),
  });
  Deno.exit(code);
}
