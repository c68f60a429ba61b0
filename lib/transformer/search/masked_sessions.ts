import { newQueue } from "../../queue.ts";
import type { Runtime, Session, Tensors } from "../../runtime/runtime.ts";
import { stateOf } from "../configuration.ts";
import type { Configuration } from "../elements.ts";
import { feedMasks } from "../mask.ts";
import type { Transformer } from "../transformer.ts";

/** A network in sessions that serve any configuration: result of {@linkcode maskedSessions}. */
export interface MaskedSessions {
  /** Computes batches with a configuration's elements masked, as long as the task asks for them. */
  with<T>(configuration: Configuration, task: (run: Session["run"]) => Promise<T>): Promise<T>;
  /** Frees the sessions. */
  release(): Promise<void>;
}

/** Sessions that stay open: a walk goes to and fro between what is so far and one hard layer more or less. */
const KEPT = 2;

/**
 * Opens a network's sessions as they are asked for. Masks are fed, so no graph is built for a trial; but
 * sorting takes time also where all weights stay, so there is a session for each set of layers with hard
 * attention. The two used last are kept, and tasks run one after another.
 */
export function maskedSessions(
  transformer: Transformer,
  { runtime, renormalize }: { runtime: Runtime; renormalize: boolean },
): MaskedSessions {
  const inTurn = newQueue();
  const opened = new Map<string, { session: Session; feeds: (configuration: Configuration) => Tensors }>();
  const open = async (configuration: Configuration) => {
    const hard = hardLayers(transformer, configuration);
    const key = hard.join();
    const found = opened.get(key) ?? await load(hard);
    // The one used last stands last.
    opened.delete(key);
    opened.set(key, found);
    return found;
  };
  const load = async (hard: readonly number[]) => {
    for (const oldest of [...opened.keys()].slice(0, 1 - KEPT)) {
      await opened.get(oldest)!.session.release();
      opened.delete(oldest);
    }
    const { model, feeds } = feedMasks(transformer, { hard, renormalize });
    return { session: await runtime.session(model), feeds };
  };
  return {
    with: (configuration, task) =>
      inTurn(async () => {
        const { session, feeds } = await open(configuration);
        const masks = feeds(configuration);
        return await task((inputs) => session.run({ ...inputs, ...masks }));
      }),
    release: () =>
      inTurn(async () => {
        for (const { session } of opened.values()) await session.release();
        opened.clear();
      }),
  };
}

/** Layers whose attention is there, and hard. */
const hardLayers = ({ blocks }: Transformer, configuration: Configuration): number[] =>
  blocks.flatMap((block) => stateOf(block, configuration).k === undefined ? [] : [block.layer]);
