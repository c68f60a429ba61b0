import { existsSync } from "node:fs";
import { join } from "node:path";
import { LOCKED } from "../../kernels/jupyter/setup/packages.ts";
import { ROOT } from "../../kernels/jupyter/setup/paths.ts";
import type { PrunedFile } from "./prune_file.ts";
import type { Python } from "./python.ts";

/** PyTorch's two ways to an ONNX file. */
export const EXPORTERS = ["torchscript", "dynamo"] as const;

/** One of them. */
export type Exporter = typeof EXPORTERS[number];

/** Programs that prune the same networks, by the names they are asked under. */
export const PEERS = { torch_pruning: "Torch-Pruning", onnxsim: "onnxsim" } as const;

/** One of them. */
export type Peer = keyof typeof PEERS;

/** What came of a network. */
export interface ZooResult {
  /** The architecture. */
  name: string;
  /** Who wrote the file. */
  exporter: Exporter;
  /** MACs that are left, as a part of what there was. */
  share?: number;
  /** The part that could be left at least. */
  least?: number;
  /** The largest difference between pruned and masked, relative to the largest number of an output. */
  difference?: number;
  /** "not exported" is PyTorch's word, the others are ours. */
  verdict: "equal" | "different" | "invalid" | "refused" | "not exported";
  /** What is wrong, or what is in the way of the target. */
  why?: string;
  /** Whole residual blocks that had to go as well, as `2 of 8`. */
  blocks?: string;
  /** What must stay, the most first: how many channels of what, and why. */
  stays?: string[];
  /** Processor time from the loaded model to the pruned one, the first time in its process. */
  first?: number;
  /** The second time. */
  seconds?: number;
  /** Bytes that the process held at most, beyond what it held before it loaded the model. */
  memory?: number;
}

/** What came of a network at another program. */
export interface PeerResult {
  /** The architecture. */
  name: string;
  /** The program. */
  peer: Peer;
  /** MACs that are left; above a half the least that was found. */
  share?: number;
  /** Why it is not half. */
  why?: string;
  /** Processor time from the loaded network to the pruned one, at the first try. */
  first?: number;
  /** At the try with the right ratio. */
  seconds?: number;
  /** All tries in search of that ratio. */
  search?: number;
  /** As in {@linkcode ZooResult}. */
  memory?: number;
}

const SECONDS = 300;

/** Where the file of an exporter lies while it is needed. */
export const exported = (folder: string, name: string, exporter: Exporter): string =>
  join(folder, `${name}.${exporter}.onnx`);

/** Exports a network unless its file is there; the answer is an error. */
async function exportOne(
  python: Python,
  name: string,
  exporter: Exporter,
  folder: string,
): Promise<string | undefined> {
  const file = exported(folder, name, exporter);
  if (existsSync(file)) return undefined;
  const { error } = await python.ask({ what: "export", name, exporter, path: `${file}.part` });
  if (error === undefined) await Deno.rename(`${file}.part`, file);
  return error;
}

/** Exports a network unless its file is there, prunes it to half of its MACs and compares it with the mask. */
export async function pruneOne(
  python: Python,
  name: string,
  exporter: Exporter,
  folder: string,
): Promise<ZooResult> {
  const base = { name, exporter };
  const file = exported(folder, name, exporter);
  const error = await exportOne(python, name, exporter, folder);
  if (error !== undefined) return { ...base, verdict: "not exported", why: firstLine(error) };
  const [pruned, masked] = [`${file}.pruned.onnx`, `${file}.masked.onnx`];
  try {
    const { refused, broken, ...facts } = await pruneFile(file, pruned, masked);
    if (refused !== undefined) return { ...base, ...facts, verdict: "refused", why: firstLine(refused) };
    const answer = broken === undefined
      ? await python.ask({ what: "compare", original: file, pruned, masked })
      : { why: broken };
    const why = answer.why ?? answer.error ?? facts.why;
    return {
      ...base,
      ...facts,
      ...answer.difference !== undefined && { difference: answer.difference },
      verdict: answer.verdict ?? "invalid",
      ...why !== undefined && { why: firstLine(why) },
    };
  } finally {
    for (const path of [pruned, masked]) await Deno.remove(path).catch(() => {});
  }
}

/** In a process of its own, whose memory is that of one model. */
async function pruneFile(file: string, pruned: string, masked: string): Promise<PrunedFile> {
  const script = new URL("prune_file.ts", import.meta.url).pathname;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...LOCKED, "--quiet", "--no-check", "--allow-all", script, file, pruned, masked],
    cwd: ROOT,
    signal: AbortSignal.timeout(SECONDS * 1000),
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).output();
  if (success) return JSON.parse(new TextDecoder().decode(stdout)) as PrunedFile;
  return {
    broken: firstLine(new TextDecoder().decode(stderr)) || `ended before, or longer than ${SECONDS} s`,
  };
}

/** Asks another program for half: of the network itself, or of the first file that there is of it. */
export async function askPeer(python: Python, name: string, peer: Peer, folder: string): Promise<PeerResult> {
  const base = { name, peer };
  const question: Record<string, string> = { what: peer, name };
  if (peer === "onnxsim") {
    const exporter = await firstOf(EXPORTERS, async (each) => !await exportOne(python, name, each, folder));
    if (exporter === undefined) return { ...base, why: "not exported" };
    question.path = exported(folder, name, exporter);
    delete question.name;
  }
  const { error, share, why, first, seconds, search, memory } = await python.ask(question);
  const reason = error ?? why;
  return {
    ...base,
    ...share !== undefined && { share },
    ...first !== undefined && { first },
    ...seconds !== undefined && { seconds },
    ...search !== undefined && { search },
    ...memory !== undefined && { memory },
    ...reason !== undefined && { why: firstLine(reason) },
  };
}

async function firstOf<Item>(
  items: readonly Item[],
  fits: (item: Item) => Promise<boolean>,
): Promise<Item | undefined> {
  for (const item of items) if (await fits(item)) return item;
  return undefined;
}

/** Without colours. */
// deno-lint-ignore no-control-regex
const firstLine = (text: string) => text.trim().split("\n")[0]!.replace(/\x1b\[\d*m/g, "").slice(0, 300);
