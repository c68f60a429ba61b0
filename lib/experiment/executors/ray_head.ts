import { Error, RangeError } from "../../errors.ts";
import { fields, nullable, parseShape, text } from "../../files/schema.ts";
import { pause } from "./pause.ts";
import { textLines } from "./text_lines.ts";

/** The head of a Ray cluster, as its dashboard's address shows it: Ray's Jobs API. */
export interface RayHead {
  /** Address of the dashboard: `http://head:8265`. */
  readonly address: string;
  /** @throws Error where no Ray answers there */
  check(): Promise<void>;
  /** Puts a file among the packages that Ray keeps for jobs. */
  put(name: string, contents: Uint8Array<ArrayBuffer> | string): Promise<void>;
  /** Submits a job. */
  submit(job: { submission_id: string; entrypoint: string; runtime_env: unknown }): Promise<void>;
  /** State of a job, and Ray's message about it. */
  job(id: string): Promise<{ status: string; message: string }>;
  /**
   * The lines of a job's log, as they are written, until the job or the connection ends, or the signal is
   * aborted.
   */
  log(id: string, signal: AbortSignal): AsyncIterable<string>;
  /** Ends a job, and waits until it has ended. */
  stop(id: string): Promise<void>;
}

/** Times that a request is sent while the network fails, and ms that one may take. */
const [TRIES, PATIENCE] = [5, 30_000];

const JOB = fields({ status: text }, { message: nullable(text) });

/**
 * Speaks with the head of a Ray cluster.
 *
 * @param place the address of its dashboard, `http://head:8265`
 * @throws RangeError where that is none
 */
export function rayHead(place: string): RayHead {
  const address = place.replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]/.test(address)) {
    throw new RangeError(
      `Cannot run on Ray at "${place}": expected the address of its dashboard, http://HEAD:8265`,
    );
  }

  async function ask(path: string, request: RequestInit = {}): Promise<string> {
    for (let attempt = 1;; attempt++) {
      let response: Response;
      try {
        response = await fetch(`${address}${path}`, { ...request, signal: AbortSignal.timeout(PATIENCE) });
      } catch (error) {
        if (attempt < TRIES && path !== "/api/version") {
          await pause(500 * 2 ** attempt);
          continue;
        }
        throw new Error(
          `Cannot reach Ray at ${address}: ${
            (error as Error).message
          }; is it the address of the dashboard of a head that ` +
            "was started with `ray start --head --dashboard-host=…`?",
          { cause: error },
        );
      }
      const text = await response.text();
      if (response.ok) return text;
      throw new Error(
        `Cannot use Ray at ${address}: ${path} answers ${response.status}: ${text.trim().slice(-2000)}`,
      );
    }
  }

  const job = async (id: string) =>
    parseShape<{ status: string; message: string }>(
      await ask(`/api/jobs/${id}`),
      JOB,
      `read job ${id} of Ray`,
    );
  return {
    address,
    check: async () => void await ask("/api/version"),
    put: async (name, body) => void await ask(`/api/packages/gcs/${name}`, { method: "PUT", body }),
    submit: async (job) => void await ask("/api/jobs/", { method: "POST", body: JSON.stringify(job) }),
    job,
    log: (id, signal) =>
      ReadableStream.from(messages(`${address.replace(/^http/, "ws")}/api/jobs/${id}/logs/tail`, signal))
        .pipeThrough(textLines()),
    async stop(id) {
      await ask(`/api/jobs/${id}/stop`, { method: "POST" });
      for (let look = 0; look < 50 && /RUNNING|PENDING/.test((await job(id)).status); look++) {
        await pause(200);
      }
    },
  };
}

/** The messages of a WebSocket, until it closes or the signal is aborted. */
async function* messages(address: string, signal: AbortSignal): AsyncGenerator<string> {
  const received: string[] = [];
  const closed = Promise.withResolvers<void>();
  let wake = Promise.withResolvers<void>();
  let open = !signal.aborted;
  const end = () => void (open = false, wake.resolve());
  signal.addEventListener("abort", end);
  const socket = new WebSocket(address);
  socket.onmessage = ({ data }) => void (received.push(data), wake.resolve());
  socket.onerror = end;
  socket.onclose = () => void (end(), closed.resolve());
  try {
    while (true) {
      yield* received.splice(0);
      if (received.length > 0) continue;
      if (!open) return;
      await wake.promise;
      wake = Promise.withResolvers();
    }
  } finally {
    signal.removeEventListener("abort", end);
    socket.close();
    await Promise.race([closed.promise, pause(1000)]);
  }
}
