/**
 * The files by which a leader and its array tasks of Slurm speak, all in one folder that they share:
 *
 *     pulse               a number that grows while the leader lives
 *     chunk-2-17.json     jobs of the 17th task of the second array
 *     doing-2-17.json     what it is at; there as soon as it has begun
 *     log-2-17.txt        what it printed
 *     answer-NAME-….json  what came of a job
 */
export const PULSE = "pulse";

/** State of an array task. */
export interface Doing {
  /** Name of the job. */
  readonly name: string;
  /** Name of the worker: its machine and process. */
  readonly worker: string;
  /** Progress of the job, in words. */
  readonly note: string;
}

export const chunkFile = (chunk: string): string => `chunk-${chunk}.json`;
export const doingFile = (chunk: string): string => `doing-${chunk}.json`;
export const logFile = (chunk: string): string => `log-${chunk}.txt`;

/** Two tasks may answer one job: none writes over what the other wrote. */
export const answerFile = (name: string): string => `answer-${name}-${crypto.randomUUID()}.json`;
export const isAnswer = (file: string): boolean => /^answer-.*\.json$/.test(file);
