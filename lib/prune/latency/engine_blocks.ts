import { type OptionNames, requireOptions } from "../../options.ts";
import { ortEnvironment } from "../../deps.ts";
import { cacheFolder } from "../../files/cache_folder.ts";
import { readJsonFile, writeJsonFile } from "../../files/json_file.ts";
import type { Progress } from "../../progress.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { type ChannelBlocks, PORTABLE_BLOCKS } from "./channel_blocks.ts";
import { processor } from "./processor.ts";
import { measureStaircase, type StaircaseRow } from "./staircase.ts";

/** Settings of {@linkcode engineBlocks}. */
export interface EngineBlocksOptions {
  /** Where what was measured is kept; `null`: nowhere. Default: `espalier` in the user's cache folder. */
  folder?: string | null | undefined;
  /** Whether to measure again what is kept already. Default false. */
  fresh?: boolean | undefined;
  /** Who is told how it goes, once a round. Default: nobody. */
  progress?: Progress | undefined;
  /** Stops measuring between two runs. */
  signal?: AbortSignal | undefined;
}

/** Names of {@linkcode EngineBlocksOptions}. */
const ENGINE_BLOCKS_OPTIONS: OptionNames<EngineBlocksOptions> = {
  folder: true,
  fresh: true,
  progress: true,
  signal: true,
};

/** Behind the widest, multiples of 16, 8, 4, 2 and 1 channels, and of no more each. */
const WIDTHS = [64, 48, 40, 44, 42, 41];

/** Blocks to choose from. */
const BLOCKS = [1, 2, 4, 8, 16];

/** A width is filled well where its channels cost at most so much more, each, than the widest one's. */
const WELL_FILLED = 1.1;

/**
 * Measurements in which the middle half of a width's runs is wider than so much of their median are not
 * believed.
 */
const STEADY = 0.25;

/**
 * Finds how many channels an engine of this machine computes at once: the smallest block whose multiples all
 * cost nearly the same per channel. Measured once for each kind of processor, some 20 s, and kept. What was
 * measured while the machine was busy says little of it: blocks that suit all engines are given then (16),
 * and nothing is kept.
 *
 * Give them to `planPruning` as `roundTo`, for plans that suit this machine; a plan for a latency takes them
 * by itself.
 *
 * @example
 * ```ts ignore
 * const runtime = await openRuntime();
 * const plan = planPruning(model, { target: { macs: 0.5 }, roundTo: await engineBlocks(runtime) });
 * ```
 */
export async function engineBlocks(
  runtime: Runtime,
  options: EngineBlocksOptions = {},
): Promise<ChannelBlocks> {
  requireOptions("engineBlocks", options, ENGINE_BLOCKS_OPTIONS);
  const { folder = defaultFolder(), fresh = false, progress, signal } = options;
  const path = folder === null ? undefined : `${folder}/engine_blocks/${await keyOf(runtime)}.json`;
  const kept = fresh || path === undefined ? undefined : await read(path);
  if (kept) return kept;
  const measure = async (layer: "convolution" | "product") =>
    await measureStaircase({ layer, widths: WIDTHS, runs: 9, runtime, progress, signal });
  const [convolution, product] = [await measure("convolution"), await measure("product")];
  const steady = [...convolution, ...product].every(({ low, median, high }) => high - low <= STEADY * median);
  if (!steady) return PORTABLE_BLOCKS;
  const blocks = { convolution: blockOf(convolution), product: blockOf(product) };
  if (path !== undefined) {
    await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
    await writeJsonFile(path, { ...blocks, widths: [...convolution, ...product] });
  }
  return blocks;
}

/** The smallest block of which all measured multiples are filled well; the largest where none is. */
export function blockOf(rows: readonly Pick<StaircaseRow, "width" | "low">[]): number {
  const perChannel = (row: Pick<StaircaseRow, "width" | "low">) => row.low / row.width;
  const widest = rows.reduce((best, row) => row.width > best.width ? row : best);
  const filled = (block: number) =>
    rows.filter(({ width }) => width % block === 0).every((row) =>
      perChannel(row) <= WELL_FILLED * perChannel(widest)
    );
  return BLOCKS.find(filled) ?? BLOCKS.at(-1)!;
}

/** Blocks that were kept; nothing where there is no such file, or none of ours. */
async function read(path: string): Promise<ChannelBlocks | undefined> {
  try {
    const { convolution, product } = await readJsonFile<ChannelBlocks>(path) ?? {};
    return BLOCKS.includes(convolution!) && BLOCKS.includes(product!)
      ? { convolution: convolution!, product: product! }
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function defaultFolder(): string | null {
  try {
    return cacheFolder();
  } catch {
    return null;
  }
}

/**
 * Engine with its version, device and processor, as the name of a file: a home folder may be that of several
 * machines, and lives longer than a version.
 */
async function keyOf({ engine, device }: Runtime): Promise<string> {
  return `${engine} ${ortEnvironment.versions.common} ${device} ${await processor()} ${Deno.build.target}`
    .replaceAll(/[^\w]+/g, "-");
}
