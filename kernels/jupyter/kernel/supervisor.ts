import { type CellProcess, type CellProcessOptions, startCellProcess } from "./cell_process.ts";

/** Keeps a process for the cells: a new one for each that ends. */
export interface Supervisor {
  /** The process, once it takes cells; throws where it cannot be started. */
  ready(): Promise<CellProcess>;
  /** The process, if it takes cells now. */
  readonly now: CellProcess | undefined;
  /** Ends the process; the next one starts at once. */
  restart(): Promise<void>;
  /** Ends the process for good. */
  end(): Promise<void>;
}

/** Starts the first process. `lost` hears which one ended without `end`, and why. */
export function superviseCells(
  options: CellProcessOptions,
  lost: (why: string, cells: CellProcess) => void,
): Supervisor {
  let now: CellProcess | undefined;
  let isOver = false;
  let next: Promise<CellProcess>;
  const start = () => {
    next = startCellProcess(options);
    next.then((cells) => {
      if (isOver) return cells.end();
      now = cells;
      return cells.ended.then((why) => {
        now = undefined;
        if (isOver) return;
        lost(why, cells);
        start();
      });
    }).catch(() => {}); // whoever asks for it hears why
  };
  start();
  return {
    get now() {
      return now;
    },
    async ready() {
      try {
        return await next;
      } catch {
        // Once more: what was wrong may be mended.
      }
      start();
      return await next;
    },
    async restart() {
      await now?.end();
    },
    async end() {
      isOver = true;
      await now?.end();
      await next.then((cells) => cells.end()).catch(() => {});
    },
  };
}
