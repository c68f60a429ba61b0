/**
 * How long work says how far it is. Library code takes one of these and never prints; what writes lines for a
 * terminal is {@linkcode textProgress}, a bar in a notebook is in `kernels/jupyter/progress.ts`.
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

/** Between two lines in a terminal, in ms. */
const BETWEEN_LINES = 1000;

/** Plain lines, at most one a second, and always the last step. Nothing is ever overwritten. */
export function textProgress(write: (line: string) => void, now: () => number = Date.now): Progress {
  let state: State = begin("", 0, now());
  let last = -Infinity;
  return {
    start(title, total) {
      state = begin(title, total, now());
      last = -Infinity;
    },
    step(done, note = "") {
      Object.assign(state, { done, note });
      if (now() - last < BETWEEN_LINES && done < state.total) return;
      last = now();
      write(sentence(state, now()));
    },
    close(note) {
      if (note !== undefined) write(`${state.title}: ${note}`);
    },
  };
}

/** Where work stands. */
export interface State {
  /** Name of the work, in words. */
  title: string;
  /** Steps in all. */
  total: number;
  /** Steps behind us. */
  done: number;
  /** How it goes. */
  note: string;
  /** When it began, in ms. */
  since: number;
  /** Whether it has ended. */
  closed: boolean;
}

/** Work that begins now. */
export function begin(title: string, total: number, since: number): State {
  return { title, total, done: 0, note: "", since, closed: false };
}

/** Where work stands, in words: `fine-tuning: 3/20, loss 0.41, 12 s left`. */
export function sentence({ title, total, done, note, since, closed }: State, now: number): string {
  const spent = (now - since) / 1000;
  const parts = [`${done.toLocaleString("en")}/${total.toLocaleString("en")}`];
  if (note) parts.push(note);
  if (closed || done >= total) parts.push(`${duration(spent)}`);
  else if (done > 0) parts.push(`${duration(spent * (total - done) / done)} left`);
  return `${title}: ${parts.join(", ")}`;
}
