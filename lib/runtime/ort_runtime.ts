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
  const refusal = () =>
    new TypeError(`Cannot load a model: the ${name} runtime was closed; open another one`);
  return {
    engine: name,
    device,
    async session(model, options) {
      if (closed) throw refusal();
      const session = await ortSession(engine, model, options);
      if (closed) {
        await session.release();
        throw refusal();
      }
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
      const failures: unknown[] = [];
      for (const session of sessions) await session.release().catch((error) => failures.push(error));
      sessions.clear();
      await free();
      if (failures.length > 0) throw failures[0];
    },
  };
}
