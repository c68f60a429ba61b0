/**
 * How long work says how far it is. Library code takes one of these and never prints; the versions that print
 * (plain lines in a terminal, a bar in a notebook) are in `kernels/jupyter/progress.ts`.
 *
 * Callers await each call, so that a version that draws gets a turn of the event loop.
 */
export interface Progress {
  /** Work begins: `total` steps of what `title` names. */
  start(title: string, total: number): void | Promise<void>;
  /** `done` steps are behind us; `note` says how it goes (`"loss 0.41, 92.1 %"`). */
  step(done: number, note?: string): void | Promise<void>;
  /** Work ended, by itself or not; `note` is the last word. */
  close(note?: string): void | Promise<void>;
}

/** Says nothing. */
export const silent: Progress = { start: () => {}, step: () => {}, close: () => {} };
