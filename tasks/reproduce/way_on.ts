/**
 * How a run that was stopped goes on, in words.
 *
 * @param fresh the moment before which results are computed again; `--fresh` a second time would set another
 */
export function wayOn(fresh: string | undefined): string {
  return fresh === undefined
    ? "run the same command to go on"
    : `to go on, run the same command with ESPALIER_FRESH=${fresh} in the environment, and without --fresh`;
}
