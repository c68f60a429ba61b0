import type { Job } from "../job.ts";

/**
 * Seconds that the jobs of a chunk may take by estimate, if there is more than one: what is lost with it is
 * done again.
 */
const LONGEST = 600;

/**
 * Cuts jobs, in their order, into about so many chunks of about equal estimated time; into more where they
 * would take more than ten minutes each, but never more than `most`.
 *
 * @returns chunks, and the jobs for which there was no room
 */
export function cutIntoChunks(
  jobs: readonly Job[],
  about: number,
  most: number,
): { chunks: Job[][]; rest: Job[] } {
  const total = jobs.reduce((sum, job) => sum + costOf(job), 0);
  const known = jobs.every(({ seconds }) => seconds !== undefined);
  const share = Math.min(total / about, known ? LONGEST : Infinity) * 1.000001; // sums of floats may differ in the last bits
  const chunks: Job[][] = [];
  let cost = Infinity;
  for (const [i, job] of jobs.entries()) {
    if (cost + costOf(job) > share) {
      if (chunks.length === most) return { chunks, rest: jobs.slice(i) };
      chunks.push([]);
      cost = 0;
    }
    chunks.at(-1)!.push(job);
    cost += costOf(job);
  }
  return { chunks, rest: [] };
}

/** Estimated seconds of a job; one without an estimate counts as 1. */
const costOf = ({ seconds = 1 }: Job) => seconds;
