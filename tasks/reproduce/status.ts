import { storeStatus } from "../../lib/experiment/store/status.ts";
import { duration } from "../../lib/progress.ts";
import { textTable } from "../../lib/text_table.ts";

/**
 * Contents of a store, in words and a table.
 *
 * @param place its folder. Default: the one that experiments use
 */
export async function status(place?: string): Promise<string> {
  const { folder, kinds, underWay, failures, withoutChecksum, damaged, bytes } = await storeStatus(place);
  if (kinds.length + damaged.length + underWay === 0) {
    return `The store ${folder} is empty: nothing was run yet`;
  }
  const rows = kinds.map(({ kind, done, failed, seconds, newest = "" }) => [
    kind,
    `${done}`,
    `${failed || ""}`,
    duration(seconds),
    newest.slice(0, 16).replace("T", " "),
  ]);
  const { lines } = textTable(
    [["units", "done", "failed", "took", "last finished (UTC)"], ...rows],
    ["left", "right", "right", "right", "left"],
  );
  const failed = failures.map(({ label, when, error }) => `\nFailed at ${when}: ${label}\n  ${error}`);
  return [
    `The store ${folder}: ${(bytes / 1e6).toFixed(1)} MB, ${underWay || "no"} units under way`,
    ...kinds.length > 0 ? ["", ...lines] : ["Nothing is done yet that could be read"],
    ...withoutChecksum > 0
      ? [`\n${withoutChecksum} records are of an older version and carry no checksum`]
      : [],
    ...damaged.map((problem) => `\nDamaged, and computed again when it is needed: ${problem}`),
    ...failed,
  ].join("\n");
}
