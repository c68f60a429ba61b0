/** Processors that may be busy with something else, on average over the last minute. */
const QUIET = 0.5;

/**
 * Why numbers of this machine are not to be written down now; `undefined` where it is quiet.
 *
 * @param load processors that were busy over the last minute, as `Deno.loadavg` has them
 */
export function whyNotQuiet(load: number | undefined): string | undefined {
  if (load === undefined || !(load > QUIET)) return undefined;
  return `Cannot write tables from a loaded machine: its load over the last minute is ${
    load.toFixed(2)
  }, expected ` +
    `at most ${QUIET}; end what else runs, wait a minute and try again, or measure without --write`;
}
