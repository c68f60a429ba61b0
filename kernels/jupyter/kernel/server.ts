import { randomUUID } from "node:crypto";
import { SyntaxError } from "../../../lib/errors.ts";
import type { Connection } from "../protocol/connection.ts";
import { listenAsEcho, listenAsPublisher, listenAsRouter, type Listener } from "../protocol/listen.ts";
import { decodeMessage, encodeMessage, type Extras, type Json, type Message } from "../protocol/wire.ts";

/** Where a client asks. */
export type Asked = "shell" | "control" | "stdin";

/** A kernel's sockets, to its clients. */
export interface Server {
  /** Tells all clients, on behalf of a request. */
  publish(type: string, content: Json, parent: Message | undefined, extras?: Extras): void;
  /** Answers a request on its channel. */
  reply(channel: "shell" | "control", request: Message, type: string, content: Json): Promise<void>;
  /** Asks the one client that sent a request, on its stdin channel. */
  ask(request: Message, type: string, content: Json): void;
  /** Ends all connections. */
  close(): void;
}

/** So many messages are remembered, so that no message is taken twice. */
const REMEMBERED = 10_000;

/**
 * Listens on a connection's five sockets. A message that is signed wrongly, was seen before, or is malformed
 * is told to `complain` and goes no further.
 */
export function openServer(
  { ip, key, ports }: Connection,
  hear: (channel: Asked, message: Message) => void,
  complain: (why: string) => void,
): Server {
  const session = randomUUID();
  const seen = new Set<string>();
  const isNew = (id: string) => {
    if (seen.has(id)) return false;
    seen.add(id);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value!);
    return true;
  };
  const listeners: Listener[] = [];
  const listening = <Kind extends Listener>(listener: Kind): Kind => {
    listeners.push(listener);
    return listener;
  };
  const router = (channel: Asked) =>
    listening(listenAsRouter({ ip, port: ports[channel] }, (frames) => {
      try {
        const message = decodeMessage(key, frames);
        if (key && !isNew(`${channel} ${message.id}`)) {
          throw new SyntaxError("Cannot take a Jupyter message twice");
        }
        hear(channel, message);
      } catch (error) {
        complain((error as Error).message);
      }
    }));
  try {
    const routers = { shell: router("shell"), control: router("control"), stdin: router("stdin") };
    const utf8 = new TextEncoder();
    const welcome = (subscription: string) => [
      utf8.encode(subscription),
      ...encodeMessage({ key, session }, "iopub_welcome", { subscription }).frames,
    ];
    const publisher = listening(listenAsPublisher({ ip, port: ports.iopub }, welcome));
    listening(listenAsEcho({ ip, port: ports.hb }));
    const encode = (type: string, content: Json, extras: Extras) =>
      encodeMessage({ key, session }, type, content, extras).frames;
    const headerOf = (parent: Message | undefined) => parent ? { parentHeader: parent.header } : {};
    const lost = (error: unknown) => complain(`Cannot answer a client: ${(error as Error).message}`);
    return {
      publish(type, content, parent, extras = {}) {
        const frames = encode(type, content, { ...headerOf(parent), ...extras });
        void publisher.send([utf8.encode(type), ...frames]).catch(lost);
      },
      async reply(channel, request, type, content) {
        const frames = encode(type, content, headerOf(request));
        await routers[channel].send([...request.route, ...frames]).catch(lost);
      },
      ask(request, type, content) {
        void routers.stdin.send([...request.route, ...encode(type, content, headerOf(request))]).catch(lost);
      },
      close: () => listeners.forEach((listener) => listener.close()),
    };
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
}
