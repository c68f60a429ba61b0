import { openRuntime } from "../../lib/runtime/engines.ts";
import type { Runtime } from "../../lib/runtime/runtime.ts";

/** What ran on an engine, and sessions: all there were, and those that are open. */
export interface RuntimeCount {
  runs: number;
  sessions: number;
  open: number;
}

/**
 * An engine that counts what it does.
 *
 * @param refused number of the session, from 1, that does not open
 */
export async function counted(refused?: number): Promise<{ runtime: Runtime; count: RuntimeCount }> {
  const runtime = await openRuntime();
  const count = { runs: 0, sessions: 0, open: 0 };
  return {
    count,
    runtime: {
      ...runtime,
      close: () => runtime.close(),
      async session(...given) {
        if (++count.sessions === refused) throw new Error("no memory for a session");
        const session = await runtime.session(...given);
        count.open++;
        return {
          ...session,
          run(feeds) {
            count.runs++;
            return session.run(feeds);
          },
          async release() {
            count.open--;
            await session.release();
          },
        };
      },
    },
  };
}
