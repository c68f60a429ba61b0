import type { Progress } from "../../progress.ts";

/** A progress that shows whatever runs inside as a note of the unit that is at work. */
export function nestedProgress(outer: Progress, done: () => number): Progress {
  let [title, total] = ["", 0];
  return {
    start(inner, steps) {
      [title, total] = [inner, steps];
    },
    step: (step, note) => outer.step(done(), `${title} ${step}/${total}${note ? `, ${note}` : ""}`),
    close: () => {},
  };
}
