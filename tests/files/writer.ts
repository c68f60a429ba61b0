/** A writer that never ends: `writer.ts <path>` begins to replace a file, says so, and waits to be killed. */
import { replaceFiles } from "../../lib/files/replace_files.ts";

async function* endless(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1000);
  console.log("begun");
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}

await replaceFiles([[Deno.args[0]!, endless()]]);
