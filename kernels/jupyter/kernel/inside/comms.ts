import type { Json } from "../../protocol/wire.ts";
import type { Said, Told } from "./told.ts";

/** Hears what a client says by one comm, or that it closed it; gives what is said in answer, if anything. */
type CommListener = (data: Json | undefined) => Json | undefined | void | Promise<Json | undefined | void>;

/** The listeners of this process's comms by their ids: whoever broadcasts a `comm_open` adds one. */
export function takeComms(say: (said: Said) => void): (told: Told & { type: "comm" }) => Promise<void> {
  const listeners = new Map<string, CommListener>();
  Object.defineProperty(globalThis, Symbol.for("espalier.comms"), { value: listeners, configurable: true });
  return async ({ id, event, content: { comm_id, data } }) => {
    const listener = listeners.get(String(comm_id));
    let reply: Json | undefined;
    try {
      reply = await listener?.(event === "comm_close" ? undefined : (data ?? {}) as Json) ?? undefined;
    } catch (error) {
      console.error(error);
    }
    if (event === "comm_close") listeners.delete(String(comm_id));
    say({ comm: id, known: listener !== undefined, ...reply && { reply } });
  };
}
