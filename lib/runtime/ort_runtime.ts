import { TypeError } from "../errors.ts";
import { type Engine, ortSession } from "./ort_session.ts";
import type { EngineName, Runtime, Session } from "./runtime.ts";

/**
 * A runtime on an engine: keeps count of its sessions, so that closing it frees all of them, those that are
 * still loading too. What fails does not keep the rest from being freed.
 */
export function ortRuntime(
  engine: Engine,
  { name, device, free = () => Promise.resolve() }: {
    name: EngineName;
    device: string;
    /** Frees what lies beneath the sessions. */
    free?: () => Promise<void>;
  },
): Runtime {
  const sessions = new Set<Promise<Session>>();
  let closing: Promise<void> | undefined;
  return { engine: name, device, session, close: () => closing ??= close() };

  async function session(...[model, options]: Parameters<Runtime["session"]>): Promise<Session> {
    requireOpen();
    const loading = ortSession(engine, model, options);
    sessions.add(loading);
    try {
      const loaded = await loading;
      requireOpen();
      return {
        ...loaded,
        release: () => {
          sessions.delete(loading);
          return loaded.release();
        },
      };
    } catch (error) {
      sessions.delete(loading);
      throw error;
    }
  }

  function requireOpen(): void {
    if (closing === undefined) return;
    throw new TypeError(`Cannot load a model: the ${name} runtime was closed; open another one`);
  }

  async function close(): Promise<void> {
    const released = await Promise.allSettled([...sessions].map(async (loading) => {
      // Who asked for a session that does not load is told.
      const loaded = await loading.catch(() => undefined);
      await loaded?.release();
    }));
    sessions.clear();
    await free();
    for (const result of released) if (result.status === "rejected") throw result.reason;
  }
}
