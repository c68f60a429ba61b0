/** Messages of the kernel to the process that runs the cells. */
export type Told =
  | { type: "stop" }
  | { type: "comm"; event: "comm_open" | "comm_msg" | "comm_close"; content: Record<string, unknown> };

/** Messages of the process that runs the cells. */
export type Said =
  /** Who it is: nobody else knows the token. */
  | { token: string }
  /** The process that runs cells has heard that it shall stop. */
  | { heard: "stop" };
