/** Kills a process that may have ended by itself already. */
export function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It had ended by itself.
  }
}
