import { localPath } from "../files/local_path.ts";
import { statIfFound } from "../files/not_found.ts";
import { isZip } from "../formats/archives/zip.ts";
import { openBytes } from "../formats/open_bytes.ts";
import { beginsGguf, beginsGraph } from "../formats/other_formats.ts";
import { isLegacyPytorch } from "../formats/pytorch/pytorch.ts";
import { isSafetensors } from "../formats/safetensors.ts";

/** What a file that a model is read from may be. */
export type SourceKind = "onnx" | "checkpoint" | "safetensors" | "decoder";

/** First bytes of each kind that has some of its own; llama2.c has none. */
const BEGINNINGS: readonly (readonly [SourceKind, (bytes: Uint8Array) => boolean])[] = [
  ["decoder", beginsGguf],
  ["safetensors", isSafetensors],
  ["checkpoint", isZip],
  ["checkpoint", isLegacyPytorch],
  ["onnx", beginsGraph],
];

/** Ends of names, for what is at an address, and for bytes that tell nothing. */
const ENDS: readonly (readonly [SourceKind, RegExp])[] = [
  ["decoder", /\.(?:gguf|bin)$/i],
  ["safetensors", /\.safetensors$/i],
  ["checkpoint", /\.(?:pth|pt|th|ckpt|npz)$/i],
];

/** Bytes at the begin of a file that are looked at. */
const HEAD = 64;

/** A path, where an address of a file on this machine was typed in place of it. */
export const asPath = (source: string): string => source.startsWith("file:") ? localPath(source) : source;

/** Whether what was typed is an address, of anything but a file on this machine. */
export const isAddress = (source: string): boolean => /^(?:https?|data|blob):/.test(source);

/**
 * What a file is: by its first bytes, whatever its name; by the end of the name where these tell nothing, or
 * it is elsewhere.
 *
 * @param source a path or an address, and no folder
 */
export async function sourceKind(source: string): Promise<SourceKind> {
  if (!isAddress(source) && statIfFound(source)?.isFile) {
    const file = await openBytes(source);
    const bytes = await file.read(0, Math.min(HEAD, file.size));
    const [kind] = BEGINNINGS.find(([, begins]) => begins(bytes)) ?? [];
    if (kind) return kind;
  }
  const name = isAddress(source) ? source.replace(/[?#].*$/s, "") : source;
  return ENDS.find(([, end]) => end.test(name))?.[0] ?? "onnx";
}
