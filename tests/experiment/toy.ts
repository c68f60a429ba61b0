/** Kinds of units for the tests of the engine: small arithmetic, with ways to be slow, to fail and to die. */
import { type Kind, type Unit, unit } from "../../lib/experiment/mod.ts";

export interface Square {
  value: number;
  /** How long it takes, in ms. */
  wait?: number;
  /** Throws this. */
  fails?: string;
  /** Ends its process in the attempts before this one, counted by files in the unit's scratch folder. */
  dies?: number;
  /** Prints this to stdout. */
  prints?: string;
  /** Adds a line to this file each time that it is done. */
  log?: string;
}

export interface SquareRow {
  value: number;
  square: number;
}

export const square: Kind<Square, SquareRow> = {
  name: "toy/square",
  version: 1,
  module: import.meta.url,
  label: ({ value }) => `the square of ${value}`,
  async work({ value, wait = 0, fails, dies = 0, prints, log }, { scratch, progress }) {
    await progress.start("squaring", 1);
    if (log !== undefined) await Deno.writeTextFile(log, `${value} ${Deno.pid}\n`, { append: true });
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (prints !== undefined) await Deno.stdout.write(new TextEncoder().encode(prints));
    if (fails !== undefined) throw new RangeError(fails);
    if (dies > 0) {
      const folder = await scratch();
      const attempts = [...Deno.readDirSync(folder)].length;
      await Deno.writeTextFile(`${folder}/${attempts}`, "");
      if (attempts < dies) Deno.kill(Deno.pid, "SIGKILL");
    }
    return {
      rows: [{ value, square: value ** 2 }],
      products: { "number.txt": new TextEncoder().encode(`${value ** 2}`) },
    };
  },
};

export interface Sum {
  /** Told apart from other sums of the same. */
  label: string;
}

/** The sum of the squares that it needs. */
export const sum: Kind<Sum, { sum: number }> = {
  name: "toy/sum",
  version: 1,
  module: import.meta.url,
  label: ({ label }) => `the sum ${label}`,
  async work(_, { need }) {
    let sum = 0;
    for (const role of ["a", "b"]) {
      sum += Number(new TextDecoder().decode(await (await need(role)).product()));
    }
    return { rows: [{ sum }] };
  },
};

/** When it ran, in ms, alone or not. */
export const timing: Kind<{ name: string }, { from: number; to: number; threads: number }> = {
  name: "toy/timing",
  version: 1,
  module: import.meta.url,
  timing: true,
  label: ({ name }) => `timing ${name}`,
  async work(_, { threads }) {
    const from = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 30));
    return { rows: [{ from, to: Date.now(), threads }] };
  },
};

export const kinds: readonly Kind[] = [square, sum, timing];

export function squares(count: number, more: Omit<Square, "value"> = {}): Unit<Square, SquareRow>[] {
  return Array.from({ length: count }, (_, value) => unit(square, { value, ...more }));
}
