import { type MetaRow, VARIANTS } from "../../../lib/papers/meta_pruning/meta_row.ts";

const { meta } = VARIANTS;

/** Accuracy in percent by way of pruning; networks differ from it by a little, and by less in their differences. */
export type World = Readonly<Record<string, number>>;

/** One way on some networks: before pruning, as channels go, and trained again, all at the same accuracy. */
export function rowsOf(nets: number, world: World, more: Partial<MetaRow> = {}): MetaRow[] {
  return Array.from(
    { length: nets },
    (_, net) =>
      Object.entries(world).flatMap(([variant, accuracy], way) => {
        const row = (stage: MetaRow["stage"], asked: number, value: number): MetaRow => ({
          part: "held-out",
          variant,
          net,
          architecture: "MLP",
          data: "A",
          ...variant === meta && { metaSeed: 1, metaData: "A" },
          stage,
          asked,
          reduction: asked,
          macs: 1,
          parameters: 1,
          value: (value + 3 * net + 0.1 * ((net + way) % 3)) / 100,
          ...more,
        });
        return [
          row("changed", 1, accuracy - (variant === meta ? 30 : 0)),
          row("tuned", 1, accuracy),
          row("pruned", 4, accuracy),
          row("final", 4, accuracy),
          row("final", 8, accuracy),
        ];
      }),
  ).flat();
}
