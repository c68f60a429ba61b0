/**
 * Work of which only the newest request matters: while one runs, those that come wait, and of them only the
 * last one is done.
 */
export function latestOnly<Request>(work: (request: Request) => Promise<void>): (request: Request) => void {
  let running = false;
  let next: { request: Request } | undefined;
  return async (request) => {
    next = { request };
    if (running) return;
    running = true;
    while (next) {
      const { request } = next;
      next = undefined;
      await work(request);
    }
    running = false;
  };
}
