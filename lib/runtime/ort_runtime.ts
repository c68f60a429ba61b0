import { TypeError } from "../errors.ts";
import { type Engine, ortSession } from "./ort_session.ts";
import type { EngineName, Runtime, Session } from "./runtime.ts";

/** A runtime on an engine: keeps count of its sessions, so that closing it frees all of them. */
export function ortRuntime(
  engine: Engine,
  { name, device, free = () => Promise.resolve() }: {
    name: EngineName;
    device: string;
    /** Frees what lies beneath the sessions. */
    free?: () => Promise<void>;
  },
): Runtime {
  const sessions = new Set<Session>();
  let closed = false;
  return {
    engine: name,
    device,
    async session(model, options) {
      if (closed) {
        throw new TypeError(`Cannot load a model: the ${name} runtime was closed; open another one`);
      }
      const session = await ortSession(engine, model, options);
      sessions.add(session);
      return {
        ...session,
        release: () => {
          sessions.delete(session);
          return session.release();
        },
      };
    },
    async close() {
      if (closed) return;
      closed = true;
      for (const session of sessions) await session.release();
      sessions.clear();
      await free();
    },
  };
}
