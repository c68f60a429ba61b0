import type { Json } from "../protocol/wire.ts";

/** A conversation with Deno's language server (microsoft.github.io/language-server-protocol, 3.17). */
export interface LanguageServer {
  /** Asks; `undefined` where the server has gone or says that it cannot. */
  ask(method: string, params: Json): Promise<unknown>;
  /** Tells. */
  tell(method: string, params: Json): void;
  /** Ends the server. */
  end(): Promise<void>;
  /** Fulfilled when the server has ended, by itself or otherwise. */
  readonly ended: Promise<void>;
}

const HEADER = /Content-Length: (\d+)\r\n/i;

/** Starts `deno lsp` for a folder. It ends with this process: it reads the end of its input. */
export async function startLanguageServer(folder: string): Promise<LanguageServer> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["lsp", "--quiet"],
    cwd: folder,
    env: { NO_COLOR: "1" },
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let alive = true;
  const waiting = new Map<number, (result: unknown) => void>();
  const ended = child.status.then(() => {
    alive = false;
    for (const resolve of waiting.values()) resolve(undefined);
  });
  const writer = child.stdin.getWriter();
  const write = (message: Json) => {
    if (!alive) return;
    const body = new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", ...message }));
    const head = new TextEncoder().encode(`Content-Length: ${body.length}\r\n\r\n`);
    void writer.write(new Uint8Array([...head, ...body])).catch(() => {});
  };
  const take = ({ id, method, params, result }: Json) => {
    if (method === undefined) {
      waiting.get(id as number)?.(result);
      waiting.delete(id as number);
    } // What it asks: its settings, as many as it names, and leave to register this and that.
    else if (id !== undefined) {
      write({ id, result: method === "workspace/configuration" ? settings(params as Json) : null });
    }
  };
  void read(child.stdout, take).catch(() => {});
  let asked = 0;
  const ask = (method: string, params: Json): Promise<unknown> => {
    if (!alive) return Promise.resolve(undefined);
    const id = ++asked;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(id, answer.resolve);
    write({ id, method, params });
    return answer.promise;
  };
  await ask("initialize", {
    processId: Deno.pid,
    rootUri: null,
    capabilities: {
      notebookDocument: { synchronization: { dynamicRegistration: false } },
      textDocument: {
        hover: { contentFormat: ["markdown"] },
        completion: { completionItem: { documentationFormat: ["markdown"] } },
        signatureHelp: { signatureInformation: { documentationFormat: ["markdown"] } },
        // Asked for, they are not told of all cells after each change.
        diagnostic: { dynamicRegistration: false, relatedDocumentSupport: false },
      },
      workspace: { configuration: true },
    },
    initializationOptions: SETTINGS,
  });
  write({ method: "initialized", params: {} });
  return {
    ask,
    ended,
    tell: (method, params) => write({ method, params }),
    async end() {
      if (alive) child.kill("SIGKILL");
      await ended;
    },
  };
}

const SETTINGS = { enable: true, lint: false, unstable: [], cacheOnSave: false };

function settings({ items }: Json): unknown[] {
  return (items as Json[]).map(({ section }) => section === "deno" ? SETTINGS : null);
}

async function read(stream: ReadableStream<Uint8Array>, take: (message: Json) => void): Promise<void> {
  let bytes = new Uint8Array(0);
  for await (const chunk of stream) {
    const joined = new Uint8Array(bytes.length + chunk.length);
    joined.set(bytes);
    joined.set(chunk, bytes.length);
    bytes = joined;
    while (true) {
      const end = bytes.findIndex((byte, i) => byte === 13 && bytes[i + 2] === 13 && bytes[i + 3] === 10);
      if (end < 0) break;
      const size = Number(HEADER.exec(new TextDecoder().decode(bytes.subarray(0, end + 2)))?.[1]);
      if (!(bytes.length >= end + 4 + size)) break;
      take(JSON.parse(new TextDecoder().decode(bytes.subarray(end + 4, end + 4 + size))) as Json);
      bytes = bytes.slice(end + 4 + size);
    }
  }
}
