import { randomUUID } from "node:crypto";
import type { Said, Told } from "./inside/told.ts";

/** A connection into the process that runs the cells, beside its messages. */
export interface SideChannel {
  /** The port that the process connects to. */
  readonly port: number;
  /** The first message of the process: nobody else knows it. */
  readonly token: string;
  /** Fulfilled once it has connected. */
  readonly connected: Promise<void>;
  /** Tells it something; before it has connected, nothing. */
  tell(told: Told): void;
  /** Ends the connection. */
  close(): void;
}

/** Listens for the one connection that knows the token; `hear` gets what it says after that. */
export function openSideChannel(hear: (said: Said) => void): SideChannel {
  const token = randomUUID();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connected = Promise.withResolvers<void>();
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  let open = true;
  const closing: (() => void)[] = [() => listener.close()];
  const serve = async (connection: Deno.TcpConn) => {
    connection.setNoDelay();
    closing.push(() => connection.close());
    let rest = "";
    let known = false;
    for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const said = JSON.parse(line) as Said;
        if (known) hear(said);
        else if ("token" in said && said.token === token) {
          known = true;
          writer = connection.writable.getWriter();
          connected.resolve();
        } else return connection.close();
      }
    }
  };
  (async () => {
    for await (const connection of listener) void serve(connection).catch(() => {});
  })().catch(() => {});
  return {
    port: listener.addr.port,
    token,
    connected: connected.promise,
    tell(told) {
      void writer?.write(new TextEncoder().encode(JSON.stringify(told) + "\n")).catch(() => {});
    },
    close() {
      if (!open) return;
      open = false;
      for (const end of closing) {
        try {
          end();
        } catch {
          // The other side was faster.
        }
      }
    },
  };
}
