import type { OpenExecutor } from "./executor.ts";

export const openSlurm: OpenExecutor = () => {
  throw new Error("not there yet");
};
