import { countRows } from "../clicks.ts";
import type { TableMethod } from "./method.ts";

/** Everything stays. */
export function plain(): TableMethod {
  return {
    name: "plain",
    choose: ({ log, features }) =>
      Promise.resolve({ mask: new Uint8Array(countRows(log.train.fields) * features).fill(1) }),
  };
}
