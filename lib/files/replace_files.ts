import { Error, TypeError } from "../errors.ts";
import { type HeldFile, holdInTurn, openPart, removeLeftovers } from "./lock.ts";
import { localPath } from "./local_path.ts";
import { requireDisk } from "./require_disk.ts";

/**
 * The path of a file to write.
 *
 * @throws TypeError where it is an address of anything but a file
 * @throws Error in a page
 */
export function pathOf(path: string | URL, what: string): string {
  requireDisk(`save the ${what} to ${path}`, "offer its bytes for download, those of model.toOnnx(), say");
  if (
    path instanceof URL
      ? path.protocol === "file:"
      : typeof path === "string" && !/^(https?|file):/.test(path)
  ) {
    return path instanceof URL ? localPath(path) : path;
  }
  throw new TypeError(
    `Cannot save the ${what} to ${path}: expected a path, or the address of a file as a URL (file:///…)`,
  );
}

/** Renaming onto a device would put a file in its place; onto a folder it fails only once all is written. */
async function refuseSpecial(target: string): Promise<void> {
  const found = await Deno.stat(target).catch(() => undefined);
  if (!found || found.isFile) return;
  throw new Error(
    `Cannot write ${target}: ${found.isDirectory ? "it is a folder" : "it is a device"}; name a file`,
  );
}

/** What a file is to hold, in parts, which may be made while it is written. */
export type Parts = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A file to write, and what it is to hold. */
export type FileParts = readonly [target: string, parts: Parts];

/**
 * Writes all files beside their targets under names that no other writer has, down to the disk, then moves
 * them into place: whatever happens, and whoever else writes them, there is the old file or the new one,
 * whole. A target that is a symbolic link stays one, and a file keeps its mode. Where there are several
 * files, the last one refers to the others: it is removed first, and moved last, and no other writer of it
 * comes between. What processes that were killed left in the folder is removed. A folder or a device is
 * refused.
 *
 * @param what they are, for the error: `model`
 * @throws Error where a file cannot be written; then the targets are as they were, but for such a last one;
 * what the parts throw
 */
export async function replaceFiles(files: readonly FileParts[], what?: string): Promise<void> {
  await using held = new AsyncDisposableStack();
  let ofParts: unknown;
  for (const [target] of files) await refuseSpecial(target);
  try {
    const moves: { part: HeldFile; to: string }[] = [];
    for (const [target, parts] of files) {
      const to = await Deno.realPath(target).catch(() => target);
      await removeLeftovers(to);
      const part = held.use(await openPart(to));
      moves.push({ part, to });
      await write(part, watched(parts, (error) => ofParts = error), await modeOf(to));
    }
    const last = moves.at(-1)!.to;
    if (files.length > 1) {
      held.use(await holdInTurn(last));
      await Deno.remove(last).catch(ignoreMissing);
    }
    for (const { part, to } of moves) await Deno.rename(part.path, to);
  } catch (error) {
    if (error === ofParts) throw error;
    throw unwritable(files.at(-1)![0], what, error);
  }
}

/**
 * Writes one file as {@linkcode replaceFiles} does.
 *
 * @param what it is, for the error: `checkpoint`
 * @throws Error where it cannot be written
 */
export async function replaceFile(
  target: string,
  content: Uint8Array | string,
  what?: string,
): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await replaceFiles([[target, [bytes]]], what);
}

/**
 * Writes one file as {@linkcode replaceFiles} does, by other means: a program or a library that takes a path.
 *
 * @param make writes what the file is to hold to the path that it is given, where an empty file is already
 * @throws Error where it cannot be moved into its place; what `make` throws
 */
export async function replaceFileBy(target: string, make: (part: string) => Promise<unknown>): Promise<void> {
  await refuseSpecial(target);
  const to = await Deno.realPath(target).catch(() => target);
  await removeLeftovers(to);
  await using part = await openPart(to).catch((error) => {
    throw unwritable(target, undefined, error);
  });
  await make(part.path);
  try {
    await part.file.sync();
    await Deno.rename(part.path, to);
  } catch (error) {
    throw unwritable(target, undefined, error);
  }
}

/**
 * Makes sure that a file can be written, before the work that it is to hold: a file is made beside it and
 * taken away again.
 *
 * @param what it is, for the error: `checkpoint`
 * @throws Error where it is a folder or a device, or its folder is not there or cannot be written to
 */
export async function requireWritable(target: string, what?: string): Promise<void> {
  await refuseSpecial(target);
  try {
    // Behind a link, the folder is that of the file it leads to.
    await using _part = await openPart(await Deno.realPath(target).catch(() => target));
  } catch (error) {
    throw unwritable(target, what, error);
  }
}

function unwritable(target: string, what: string | undefined, cause: unknown): Error {
  const action = what === undefined ? "write" : `save the ${what}`;
  // The part that was tried has a name of its own, which says nothing to anybody.
  const why = (cause as Error).message.replace(/ \(os error \d+\).*$/s, "");
  return new Error(
    `Cannot ${action} ${target}: ${why}; name a file in a folder that can be written to`,
    { cause },
  );
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** Permissions of a file that is there already, where the system has such. */
async function modeOf(path: string): Promise<number | undefined> {
  const found = await Deno.stat(path).catch(() => undefined);
  return found?.mode === null ? undefined : found?.mode;
}

/** Writes a file to the disk before it is moved, so that a power failure cannot leave an empty file. */
async function write({ file, path }: HeldFile, parts: Parts, mode: number | undefined): Promise<void> {
  if (mode !== undefined && Deno.build.os !== "windows") await Deno.chmod(path, mode & 0o7777);
  for await (const part of parts) {
    for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
  }
  await file.sync();
}

/** The parts; an error of theirs is told apart from one of the system's. */
async function* watched(parts: Parts, tell: (error: unknown) => void): AsyncIterable<Uint8Array> {
  try {
    yield* parts;
  } catch (error) {
    tell(error);
    throw error;
  }
}
