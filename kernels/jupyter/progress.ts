import { TypeError } from "../../lib/errors.ts";
import { begin, type Progress, sentence, type State, textProgress as linesOf } from "../../lib/progress.ts";
import { escapeXml } from "../../lib/plot/escape_xml.ts";
import { kernelDisplay } from "./in_kernel.ts";

/** Between two updates of a notebook's bar, in ms: five a second are plenty. */
const BETWEEN_UPDATES = 200;

/** Progress for where we are: a bar in a notebook, plain lines on stderr elsewhere. */
export function progress(): Progress {
  return kernelDisplay() ? notebookProgress() : textProgress();
}

/** Plain lines on stderr, as `textProgress` of the library says them. */
export function textProgress(
  write: (line: string) => void = (line) => console.error(line),
  now: () => number = Date.now,
): Progress {
  return linesOf(write, now);
}

/** A bar that updates in place; a stored notebook keeps its last state. */
export function notebookProgress(
  kernel: ReturnType<typeof kernelDisplay> = kernelDisplay(),
  now: () => number = Date.now,
): Progress {
  if (!kernel) throw new TypeError("Cannot draw a bar: this is no notebook; use textProgress()");
  let state: State = begin("", 0, now());
  let id: string | undefined;
  let last = -Infinity;
  const draw = async () => {
    const update = id !== undefined;
    id ??= `espalier-progress-${crypto.randomUUID()}`;
    last = now();
    await kernel.display(bundle(state, now()), { raw: true, display_id: id, update });
    await new Promise((resolve) => setTimeout(resolve, 0)); // so that it is sent now, not with the next cell
  };
  return {
    async start(title, total) {
      state = begin(title, total, now());
      id = undefined;
      await draw();
    },
    async step(done, note = "") {
      Object.assign(state, { done, note });
      if (now() - last >= BETWEEN_UPDATES || done >= state.total) await draw();
    },
    async close(note) {
      state.closed = true;
      if (note !== undefined) state.note = note;
      await draw();
    },
  };
}

function bundle(state: State, now: number): Record<string, string> {
  const text = sentence(state, now);
  const share = state.total ? Math.min(1, state.done / state.total) : 0;
  const color = !state.closed || state.done >= state.total ? "#2a9d6f" : "#c8862a";
  return {
    "text/plain": text,
    "text/html": `<div role="progressbar" aria-valuenow="${state.done}" aria-valuemax="${state.total}">` +
      `<div style="font-variant-numeric:tabular-nums">${escapeXml(text)}</div>` +
      `<div style="height:5px;max-width:480px;border-radius:3px;background:#8884">` +
      `<div style="height:5px;border-radius:3px;background:${color};width:${(share * 100).toFixed(1)}%">` +
      `</div></div></div>`,
  };
}
