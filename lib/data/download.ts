import { holdInTurnUntil, removeLeftovers } from "../files/lock.ts";
import { Error } from "../errors.ts";
import { createHash } from "../node.ts";
import { ask, piecesOf } from "../files/read_body.ts";
import { type Progress, silent } from "../progress.ts";
import type { DataFile } from "./manifest.ts";
import { ifFound } from "../files/not_found.ts";
import { stopSignal } from "../stop.ts";

/** Connections in a row that break without bringing anything before an address is given up. */
const ATTEMPTS = 3;

/** How a download is watched and stopped. */
export interface DownloadOptions {
  /** Is told how far the download is, in bytes. */
  progress?: Progress | undefined;
  /** Stops the download. */
  signal?: AbortSignal | undefined;
}

/** A failure that asking the same address again cannot mend. */
class Refused extends Error {}

/** A failure that may come from what was there of the file already. */
class BadPart extends Error {}

/**
 * Brings one file of the manifest into a folder, unless it is there already and right. What was downloaded
 * before a break is kept beside it as `.part` and continued; where that may be to blame (its bytes are wrong,
 * the server knows no such range), the file is begun again from nothing, once. The file takes its name only
 * once its length and SHA-256 are right, so a file that is there is whole, and what a captive portal sends
 * instead is thrown away.
 *
 * @returns the file's path
 * @throws {Error} when every address failed; the message says how each did
 * @throws {DOMException} `AbortError`, when the signal said so; what was downloaded is kept for the next time
 */
export async function download(
  file: DataFile,
  folder: string,
  { progress = silent, signal: own }: DownloadOptions = {},
): Promise<string> {
  const signal = stopSignal(own);
  signal?.throwIfAborted();
  const path = `${folder}/${file.name}`;
  if (await isRight(path, file)) return path;
  await Deno.mkdir(folder, { recursive: true });
  await using _turn = await holdInTurnUntil(path, signal);
  if (await isRight(path, file)) return path; // by who had the turn before us
  await removeLeftovers(path);
  const part = `${path}.part`;
  const failures: string[] = [];
  await progress.start(file.name, file.bytes);
  try {
    for (const address of file.addresses) {
      const failure = await tryAddress(address, file, part, { progress, signal });
      if (failure === undefined) {
        await Deno.rename(part, path);
        await progress.close("verified");
        return path;
      }
      failures.push(`${address}: ${failure}`);
    }
  } catch (error) {
    await progress.close("stopped");
    throw error;
  }
  await progress.close("failed");
  throw new Error(
    `Cannot download ${file.name}: ${
      failures.join("; ")
    }; check the network, or put the file into ${folder} yourself`,
  );
}

/** Undefined when the part is whole and right, else why not. */
async function tryAddress(
  address: string,
  file: DataFile,
  part: string,
  options: DownloadOptions & { progress: Progress },
): Promise<string | undefined> {
  let failure = "";
  let reached = -1;
  let begunAgain = false;
  for (let fruitless = 0; fruitless < ATTEMPTS;) {
    const had = await sizeOfFile(part);
    try {
      await transfer(address, file, part, options);
      if (await isRight(part, file)) return undefined;
      throw new BadPart(`the file does not have the SHA-256 ${file.sha256} and was removed`);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof Deno.errors.PermissionDenied) throw error;
      failure = (error as Error).message;
      if (error instanceof BadPart) {
        // Nothing of it can be trusted.
        await ifFound(Deno.remove(part));
        if (had === 0 || begunAgain) return failure;
        begunAgain = true;
        reached = -1;
        continue;
      }
      if (error instanceof Refused) return failure;
    }
    const now = await sizeOfFile(part);
    // A connection that keeps breaking still gets there, as long as each one brings a fair piece.
    fruitless = now > reached + file.bytes / 1000 ? 0 : fruitless + 1;
    reached = Math.max(reached, now);
  }
  return failure;
}

/** Appends to the part what it lacks. */
async function transfer(
  address: string,
  file: DataFile,
  part: string,
  { progress, signal }: DownloadOptions & { progress: Progress },
): Promise<void> {
  let have = await sizeOfFile(part);
  if (have > file.bytes) have = 0;
  if (have === file.bytes) return;
  const response = await ask(address, { headers: have > 0 ? { Range: `bytes=${have}-` } : {}, signal });
  try {
    if (response.status === 416) throw new BadPart(`the server has no bytes from ${have} on`);
    if (!response.ok) {
      throw new Refused(`the server answered ${response.status} ${response.statusText}`.trim());
    }
    // A server without ranges sends the whole file again, with status 200.
    if (response.status !== 206) have = 0;
    else if (!response.headers.get("content-range")?.startsWith(`bytes ${have}-`)) {
      throw new BadPart(`the server sent another range than the one from byte ${have}`);
    }
    const type = response.headers.get("content-type") ?? "";
    if (
      /^text\/html/.test(type) && Number(response.headers.get("content-length") ?? file.bytes) < file.bytes
    ) {
      throw new Refused("a web page came instead of the file; log in to the network, or look at the address");
    }
    await append(response, { part, have }, file, { progress, signal });
  } finally {
    await response.body?.cancel().catch(() => {});
  }
}

async function append(
  response: Response,
  { part, have }: { part: string; have: number },
  file: DataFile,
  { progress, signal }: { progress: Progress; signal: AbortSignal | undefined },
): Promise<void> {
  using output = await Deno.open(part, { write: true, create: true });
  await output.truncate(have);
  await output.seek(have, Deno.SeekMode.Start);
  await progress.step(have);
  for await (const chunk of piecesOf(response, { most: Infinity, signal })) {
    have += chunk.length;
    if (have > file.bytes) throw new BadPart(`expected ${file.bytes} bytes, but more came`);
    for (let written = 0; written < chunk.length;) written += await output.write(chunk.subarray(written));
    await progress.step(have);
    // Down to the disk before it takes its name: a power failure leaves no file of zeros.
    if (have === file.bytes) return await output.sync();
  }
  if (have < file.bytes) throw new Error(`the connection ended after ${have} of ${file.bytes} bytes`);
}

/** Whether a file is there with the right length and SHA-256. */
async function isRight(path: string, file: DataFile): Promise<boolean> {
  return await sizeOfFile(path) === file.bytes && await sha256OfFile(path) === file.sha256;
}

async function sizeOfFile(path: string): Promise<number> {
  return (await ifFound(Deno.stat(path)))?.size ?? 0;
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  using input = await Deno.open(path);
  for await (const chunk of input.readable) hash.update(chunk);
  return hash.digest("hex");
}
