import { importOrtNode } from "../deps.ts";
import type { Model } from "../onnx/model.ts";
import { channelBlock } from "./channel_block.ts";
import { blockConvolutions } from "./native_convolutions.ts";
import { ortRuntime } from "./ort_runtime.ts";
import { newQueue } from "../queue.ts";
import type { Ort } from "./ort_session.ts";
import { padChannels } from "../onnx/passes/padded_channels.ts";
import type { Runtime } from "./runtime.ts";
import { shiftFilterGradients } from "./shifted_filter_gradients.ts";
import { convolveShortcuts } from "./shortcut_convolutions.ts";

/** The rewrites write Pad, Reshape and reductions as they have been since; older models run as they are. */
const OLDEST_OPSET = 13;

/** Settings of the engines that run on the CPU. */
export interface CpuOptions {
  /** Threads that work on one operator. Default: one for each processor. */
  threads?: number | undefined;
}

/**
 * ONNX Runtime as native code on the CPU, on Deno and Node.
 *
 * @throws Error where the native library does not load: no permission (`--allow-ffi`), or no build for this
 * system
 */
export async function openNative(
  { threads = navigator.hardwareConcurrency }: CpuOptions = {},
): Promise<Runtime> {
  // A CommonJS module: what its types call named exports is on the default one.
  const { default: ort } = await importOrtNode() as unknown as { default: Ort };
  const options = {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Else products of unsigned by signed bytes overflow on processors with AVX2 alone, where sums of two are
    // kept in sixteen bits.
    extra: { session: { x64quantprecision: "1" } },
  } as const;
  const block = await channelBlock(ort);
  const prepare = (model: Model) => {
    if ((model.info.opsets[""] ?? 0) < OLDEST_OPSET) return model;
    const whole = block ? padChannels(convolveShortcuts(model), block) : model;
    // Filter gradients that fill no blocks become matrix products.
    return shiftFilterGradients(block ? blockConvolutions(whole, block) : whole);
  };
  return ortRuntime(
    { ort, options, carryAt: "cpu", queue: newQueue(), prepare, takesHalvesAsBits: true, takesPlaces: true },
    { name: "native", device: `CPU, ${threads} ${threads === 1 ? "thread" : "threads"}` },
  );
}
