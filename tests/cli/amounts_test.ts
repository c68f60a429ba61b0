import assert from "node:assert/strict";
import { amountOf, amountText, type Cost } from "../../lib/cli/amounts.ts";
import { seededRandom } from "../../lib/random.ts";

Deno.test("an amount in units is the number times them, and one without is a part of all", () => {
  const cases: readonly [Cost, string, boolean, number][] = [
    ["macs", "1.5G", true, 1.5e9],
    ["parameters", "25k", true, 25e3],
    ["bytes", "4MB", true, 4e6],
    ["latency", "3 ms", true, 3],
    ["latency", "0.5s", true, 500],
    ["macs", "2K", true, 2000],
    ["macs", "50%", false, 0.5],
    ["macs", ".25", false, 0.25],
  ];
  for (const [kind, text, absolute, value] of cases) {
    assert.deepEqual(amountOf({ [kind]: text }, kind), { absolute, value }, text);
  }
  assert.equal(amountOf({}, "macs"), undefined);
});

Deno.test("an amount that is named as the least can be asked for: it reads as no less, by at most a thousandth", () => {
  const random = seededRandom(0, "amounts");
  for (
    const [kind, units] of [["macs", ["k", "M", "G"]], ["bytes", ["kB", "MB"]], ["latency", ["s"]]] as const
  ) {
    for (const unit of units) {
      for (let i = 0; i < 50; i++) {
        // From 1,000 on, every kind has a unit.
        const value = 10 ** random.uniform(3, 11);
        const text = amountText(value, `1${unit}`, kind);
        const read = amountOf({ [kind]: text }, kind)!.value;
        assert.ok(read >= value * (1 - 1e-15) && read <= 1.001 * value, `${value} as ${text}`);
      }
    }
  }
  // Below a hundredth of the unit, in a smaller one; where there is none, as a number.
  assert.deepEqual(["9G", "9k"].map((typed) => amountText(5000, typed, "macs")), ["5k", "5k"]);
  assert.equal(amountText(8, "9G", "macs"), "8");
  assert.deepEqual(["3s", "3ms"].map((typed) => amountText(0.918, typed, "latency")), ["0.918ms", "0.918ms"]);
});
