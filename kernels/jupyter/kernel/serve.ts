import { hostname } from "node:os";
import type { Connection } from "../protocol/connection.ts";
import type { Json, Message } from "../protocol/wire.ts";
import { own } from "../../../lib/own.ts";
import { VERSION } from "../../../lib/version.ts";
import { readCell } from "./cell_code.ts";
import { checkCell, type Checking, splitStrict } from "./check.ts";
import { openComms } from "./comms.ts";
import { openExecutor } from "./execute.ts";
import { openHistory } from "./history.ts";
import { openLanguage } from "./language.ts";
import { completionOf, inspectionOf } from "./look_up.ts";
import { openServer, type Server } from "./server.ts";
import { superviseCells } from "./supervisor.ts";
import { openUsage } from "./usage.ts";

/** A kernel that serves. */
export interface ServedKernel {
  /** Stops the cell that runs. */
  interrupt(): Promise<void>;
  /** Fulfilled when a client asked the kernel to end, and it has. */
  readonly ended: Promise<void>;
  /** Ends the kernel and all that it started. */
  end(): Promise<void>;
}

/** Serves a kernel on a connection, with its cells in this folder. */
export function serveKernel(
  connection: Connection,
  { folder, checking, complain }: { folder: string; checking: Checking; complain: (why: string) => void },
): ServedKernel {
  const over = Promise.withResolvers<void>();
  const sockets = openServer(connection, (channel, message) => {
    if (channel === "stdin") return void cells.now?.answer(message.content);
    void answer(channel, message);
  }, complain);
  const server: Server = {
    ...sockets,
    publish(type, content, ...rest) {
      comms.note(type, content);
      sockets.publish(type, content, ...rest);
    },
  };
  const comms = openComms(server.publish, () => cells.now);
  const cells = superviseCells({
    folder,
    stray: ({ type, content, metadata, buffers }) =>
      server.publish(type, content, executor.current, { metadata, buffers }),
    input: (content) => executor.current && server.ask(executor.current, "input_request", content),
  }, (why, process) => {
    executor.lost(why, process);
    comms.lose();
  });
  const usage = openUsage(hostname());
  const history = openHistory();
  const language = openLanguage(folder);
  // Behind the cells' own process, for which the first cell waits.
  if (checking !== "off") void cells.ready().then(language.begin, language.begin);
  const executor = openExecutor(
    server,
    cells,
    (cell, say) => checkCell({ language, checking }, cell, say),
    history.add,
  );

  const end = async () => {
    await Promise.all([cells.end(), language.end()]);
    server.close();
    over.resolve();
  };

  const rows: Record<string, (content: Json) => Json | Promise<Json>> = {
    kernel_info_request: () => ({ status: "ok", ...INFO }),
    history_request: (content) => ({ status: "ok", history: history.find(content) }),
    comm_info_request: ({ target_name }) => ({ status: "ok", comms: comms.info(target_name) }),
    async is_complete_request({ code }) {
      const { problems, unfinished } = await readCell(splitStrict(String(code)).code);
      return {
        status: problems.length === 0 ? "complete" : unfinished ? "incomplete" : "invalid",
        indent: "",
      };
    },
    complete_request: (content) =>
      completionOf(language, content, async () => {
        // Deno's own kernel answers nothing while a cell runs.
        return executor.busy ? undefined : await cells.now?.ask("complete_request", content);
      }),
    inspect_request: (content) => inspectionOf(language, content),
    usage_request: async () => await usage(cells.now?.pid),
    interrupt_request() {
      void executor.interrupt();
      return { status: "ok" };
    },
    shutdown_request: ({ restart }) => ({ status: "ok", restart: restart === true }),
  };

  const whileBusy = async <T>(request: Message, act: () => Promise<T>): Promise<T> => {
    server.publish("status", { execution_state: "busy" }, request);
    const result = await act();
    server.publish("status", { execution_state: "idle" }, request);
    // A cell may still run: who watches the kernel's state shall not think otherwise.
    if (executor.busy) server.publish("status", { execution_state: "busy" }, executor.current);
    return result;
  };
  const answer = async (channel: "shell" | "control", request: Message) => {
    if (request.type === "execute_request") return executor.add(request);
    if (/^comm_(open|msg|close)$/.test(request.type)) {
      return void await whileBusy(request, () => comms.take(request));
    }
    const row = own(rows, request.type);
    if (!row) return complain(`Cannot answer ${request.type}: unknown`);
    const content = await whileBusy(request, async () => {
      let content: Json;
      try {
        content = await row(request.content);
      } catch (error) {
        const { name, message } = error as Error;
        content = { status: "error", ename: name, evalue: message, traceback: [] };
      }
      await server.reply(channel, request, request.type.replace(/request$/, "reply"), content);
      return content;
    });
    if (request.type === "shutdown_request") {
      server.publish("shutdown_reply", content, request);
      await end();
    }
  };
  server.publish("status", { execution_state: "starting" }, undefined);
  return { interrupt: executor.interrupt, ended: over.promise, end };
}

const INFO = {
  protocol_version: "5.4",
  implementation: "espalier",
  implementation_version: VERSION,
  banner: `Espalier ${VERSION} on Deno ${Deno.version.deno}`,
  language_info: {
    name: "typescript",
    version: Deno.version.typescript,
    mimetype: "text/x.typescript",
    file_extension: ".ts",
    pygments_lexer: "typescript",
    codemirror_mode: "typescript",
    nbconvert_exporter: "script",
  },
  help_links: [{ text: "Deno", url: "https://docs.deno.com" }],
  supported_features: [],
};
