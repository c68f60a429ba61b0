/**
 * Ends a process when this one does, however that ends, and removes a file of it: a shell waits for the end
 * of a pipe that only this process holds. Windows has no such shell: there a process looks for itself.
 *
 * @returns calls it off: for when the process has ended
 */
export function guard(pid: number, file = ""): () => void {
  if (Deno.build.os === "windows") return () => {};
  const watcher = new Deno.Command("sh", {
    args: ["-c", 'read -r word || { kill -9 "$0"; [ -z "$1" ] || rm -f "$1"; }', String(pid), file],
    detached: true,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  watcher.unref();
  return () => {
    const writer = watcher.stdin.getWriter();
    void writer.write(new TextEncoder().encode("done\n")).then(() => writer.close()).catch(() => {});
  };
}

/** The end of a process that ends when this one does. */
export async function guarded<T>(child: Deno.ChildProcess, end: Promise<T>): Promise<T> {
  const release = guard(child.pid);
  try {
    return await end;
  } finally {
    release();
  }
}
