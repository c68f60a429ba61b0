import { type Limits, limits, setLimits } from "../lib/limits.ts";

/** Does something under other limits. */
export async function underLimits<T>(others: Partial<Limits>, work: () => T | Promise<T>): Promise<T> {
  const before = { ...limits() };
  setLimits(others);
  try {
    return await work();
  } finally {
    setLimits(before);
  }
}
