import { Error } from "../../errors.ts";
import type { PageFile } from "../protocol.ts";

/**
 * Calls back with files that are dropped anywhere on the page, or chosen in an input.
 *
 * @param over is told whether files hover over the page
 */
export function onFiles(
  input: HTMLInputElement,
  { take, over }: { take: (files: readonly File[]) => void; over: (hovering: boolean) => void },
): void {
  let depth = 0;
  const hover = (change: number) => over((depth = Math.max(0, depth + change)) > 0);
  addEventListener("dragenter", () => hover(1));
  addEventListener("dragleave", () => hover(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    hover(-depth);
    const files = [...event.dataTransfer?.files ?? []];
    if (files.length > 0) take(files);
  });
  input.addEventListener("change", () => {
    const files = [...input.files ?? []];
    // So that the same file can be chosen again.
    input.value = "";
    if (files.length > 0) take(files);
  });
}

/**
 * The contents of files.
 *
 * @throws Error naming the file that cannot be read
 */
export async function readFiles(files: readonly File[]): Promise<PageFile[]> {
  return await Promise.all(files.map(async (file) => ({ name: file.name, bytes: await readBytes(file) })));
}

/**
 * The first bytes of a file. Default: all of them.
 *
 * @throws Error naming the file, where it cannot be read
 */
export async function readBytes(file: File, length: number = file.size): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = await file.slice(0, length).arrayBuffer().catch((error: Error) => {
    throw new Error(`Cannot read ${file.name}: ${error.message}; it may have been moved, or be too large`, {
      cause: error,
    });
  });
  return new Uint8Array(buffer);
}

/** Gives bytes to the user as a file. */
export function saveFile({ name, bytes }: PageFile): void {
  const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  [link.href, link.download] = [address, name];
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
