/**
 * The path of a file to write.
 *
 * @throws TypeError where it is an address of anything but a file
 */
export function pathOf(path: string | URL, what: string): string {
  if (
    path instanceof URL
      ? path.protocol === "file:"
      : typeof path === "string" && !/^(https?|file):/.test(path)
  ) {
    return path instanceof URL ? decodeURIComponent(path.pathname) : path;
  }
  throw new TypeError(
    `Cannot save the ${what} to ${path}: expected a path, or the address of a file as a URL (file:///…)`,
  );
}

/** Renaming onto a device would put a file in its place; onto a folder it fails only once all is written. */
export async function refuseSpecial(target: string): Promise<void> {
  const found = await Deno.stat(target).catch(() => undefined);
  if (!found || found.isFile) return;
  throw new Error(
    `Cannot write ${target}: ${found.isDirectory ? "it is a folder" : "it is a device"}; name a file`,
  );
}

/**
 * Writes all files, each in parts, beside their targets, then moves them into place: whatever happens, there is the
 * old file or the new one. Where there are several, the last one refers to the others, and is removed first.
 */
export async function replaceFiles(
  files: readonly [target: string, parts: readonly Uint8Array[]][],
): Promise<void> {
  const written: string[] = [];
  try {
    for (const [target, parts] of files) {
      const temporary = `${target}.${crypto.randomUUID()}.tmp`;
      written.push(temporary);
      await write(temporary, parts);
    }
    const main = files[files.length - 1]![0];
    if (files.length > 1) await Deno.remove(main).catch(ignoreMissing);
    for (const [i, [target]] of files.entries()) await Deno.rename(written[i]!, target);
  } catch (error) {
    for (const temporary of written) await Deno.remove(temporary).catch(() => {});
    const target = files[files.length - 1]![0];
    throw new Error(`Cannot write ${target}: ${(error as Error).message}`, { cause: error });
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** On disk before it is moved, so that a power failure cannot leave an empty file. */
async function write(path: string, parts: readonly Uint8Array[]): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  for (const part of parts) {
    for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
  }
  await file.sync();
}
