import { join } from "node:path";
import { ROOT } from "../kernels/jupyter/setup/paths.ts";

/** How the task is used. */
export const HELP: string = `deno run -A --no-lock tasks/main.ts audit

Asks the npm registry for known vulnerabilities of what deno.lock names; says so where it does not answer.`;

/** What `deno audit` says where the registry cannot be reached, or answers something else than was asked. */
const UNANSWERED = /error sending request|response from the npm registry/;

/** Whether an audit failed at the registry, and not at what stands here. */
export function isUnanswered(failure: string): boolean {
  return UNANSWERED.test(failure);
}

/**
 * Asks for vulnerabilities of all packages of the lock file: 1 where there are any, or where they could not
 * be asked for, 0 where nobody answers.
 */
export async function task(): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["audit", `--lock=${join(ROOT, "deno.lock")}`],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [found, failed] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  if (found) console.error(found);
  if (success || found) return success ? 0 : 1;
  // The table of vulnerabilities is on stdout; without one, the question was not asked, or not answered.
  if (!isUnanswered(failed!)) {
    console.error(failed);
    return 1;
  }
  console.error(`Not audited: the npm registry does not answer (${failed!.split("\n")[0]})`);
  return 0;
}
