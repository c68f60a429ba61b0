import type { Json } from "../../protocol/wire.ts";

/** Messages of the kernel to the process that runs the cells. */
export type Told =
  /** The cell of this number shall stop: one that is over is meant no more. */
  | { type: "stop"; cell: number }
  /** What a client said by a comm; `id` is that of the answer. */
  | { type: "comm"; id: number; event: string; content: Json };

/** Messages of the process that runs the cells. */
export type Said =
  /** Who it is: nobody else knows the token. */
  | { token: string }
  /** The process has heard that the cell of this number shall stop. */
  | { heard: number }
  /** What was said by a comm has been heard: whether anybody listened, and what is said in answer. */
  | { comm: number; known: boolean; reply?: Json };
