import type { Json } from "../../protocol/wire.ts";

/** Messages of the kernel to the process that runs the cells. */
export type Told =
  /** The cell of this number shall stop: one that is over is meant no more. */
  | { type: "stop"; cell: number }
  /** What nothing refers to shall be forgotten: the promise of this cell, if it was ended from outside. */
  | { type: "collect"; cell: number }
  /** What a client said by a comm; `id` is that of the answer. */
  | { type: "comm"; id: number; event: string; content: Json };

/** Messages of the process that runs the cells. */
export type Said =
  /** Who it is: nobody else knows the token. */
  | { token: string }
  /** The thread beside the cells has heard of a stop: whether a long call of the library listens for it. */
  | { listens: boolean; cell: number }
  /** The process has heard that the cell of this number shall stop. */
  | { heard: number }
  /** What was said by a comm has been heard: whether anybody listened, and what is said in answer. */
  | { comm: number; known: boolean; reply?: Json };

/** What is known of a cell behind it. */
export interface CellFacts {
  /** Line of the statement at its top level that ran last, from 1; where none did, that of the first. */
  line?: number;
  /** A thrown value as it shows, where it is no error. */
  thrown?: string;
}

/** MIME type under which a mark says them. */
export const FACTS_MIME = "application/vnd.espalier.cell+json";
