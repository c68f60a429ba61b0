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

/** A progress whose titles say which of several runs each was: `"Training resnet20, l1 at 50 %"`. */
export function named(progress: Progress, which: string): Progress {
  return {
    start: (title, total) => progress.start(`${title}, ${which}`, total),
    step: (done, note) => progress.step(done, note),
    close: (note) => progress.close(note),
  };
}

/** Seconds as people say them: `0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`, `4 days`, `2 years`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${Math.round(whole / 60) % 60} min`;
  const days = Math.round(hours / 24);
  return days < 730 ? `${days} days` : `${Math.round(days / 365)} years`;
}
