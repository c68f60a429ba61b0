import type { OpenExecutor } from "./executor.ts";

export const openRay: OpenExecutor = () => {
  throw new Error("not there yet");
};
