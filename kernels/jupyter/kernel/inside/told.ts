import type { Json } from "../../protocol/wire.ts";

/** Messages of the kernel to the process that runs the cells. */
export type Told =
  | { type: "stop" }
  /** What a client said by a comm; `id` is that of the answer. */
  | { type: "comm"; id: number; event: string; content: Json };

/** Messages of the process that runs the cells. */
export type Said =
  /** Who it is: nobody else knows the token. */
  | { token: string }
  /** The process that runs cells has heard that it shall stop. */
  | { heard: "stop" }
  /** What was said by a comm has been heard: whether anybody listened, and what is said in answer. */
  | { comm: number; known: boolean; reply?: Json };
