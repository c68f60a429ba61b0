import type { Json, Message } from "../protocol/wire.ts";
import type { CellProcess } from "./cell_process.ts";
import type { Server } from "./server.ts";

/** Conversations between what cells made and its twin in a client, a slider say (the protocol's comms). */
export interface Comms {
  /** Takes note of a message that goes to the clients: cells open and close comms. */
  note(type: string, content: Json): void;
  /** Passes a client's message on to the cells' process; fulfilled when that is done with it. */
  take(request: Message): Promise<void>;
  /** The comms that are open, of one target or of all, as `comm_info_reply` lists them. */
  info(target?: unknown): Json;
  /** Closes those of a process that has ended. */
  lose(): void;
}

/** No comm is open yet. `process` gives the cells' process, where it takes messages. */
export function openComms(publish: Server["publish"], process: () => CellProcess | undefined): Comms {
  const open = new Map<string, string>();
  return {
    note(type, { comm_id, target_name }) {
      if (type === "comm_open") open.set(String(comm_id), String(target_name));
      if (type === "comm_close") open.delete(String(comm_id));
    },
    async take(request) {
      const { type, content } = request;
      const comm_id = String(content.comm_id);
      const { known, reply } = await process()?.comm(type, content).catch(() => undefined) ??
        { known: false };
      if (reply) publish("comm_msg", { comm_id, data: reply }, request);
      if (type === "comm_close") open.delete(comm_id);
      // What nobody answers is closed: its twin shall not look alive.
      else if (!known) publish("comm_close", { comm_id, data: {} }, request);
    },
    info(target) {
      const those = [...open].filter(([, name]) => target === undefined || name === target);
      return Object.fromEntries(those.map(([id, target_name]) => [id, { target_name }]));
    },
    lose() {
      for (const comm_id of [...open.keys()]) publish("comm_close", { comm_id, data: {} }, undefined);
    },
  };
}
