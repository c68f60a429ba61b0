import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { decodePng } from "../../lib/formats/png.ts";
import { beforeAfterBars } from "../../lib/plot/bars.ts";
import { PALETTE } from "../../lib/plot/palette.ts";
import { saveFigure, saveTable } from "../../lib/plot/save.ts";
import { table } from "../../lib/plot/table.ts";
import { inFolder } from "../in_folder.ts";

const figure = beforeAfterBars([{ name: "conv1", before: 16, after: 9 }], {
  title: "What is left",
  alt: "A bar",
  xLabel: "channels",
});

Deno.test("a figure is saved as SVG, and as PNG with its colours, words and size", () =>
  inFolder(async (folder) => {
    await saveFigure(figure, `${folder}/a.svg`);
    strictEqual(await Deno.readTextFile(`${folder}/a.svg`), `${figure.svg}\n`);
    await saveFigure(figure, new URL(`file://${folder}/a.PNG`), { scale: 1.5 });
    const { width, height, channels, data } = decodePng(await Deno.readFile(`${folder}/a.PNG`));
    const [, w, h] = figure.svg.match(/viewBox="0 0 (\d+) (\d+)"/)!.map(Number);
    deepStrictEqual([width, height], [Math.ceil(1.5 * w!), Math.ceil(1.5 * h!)]);
    const pixel = (i: number) => [...data.subarray(i * channels, i * channels + 3)];
    const blue = [1, 3, 5].map((at) => parseInt(PALETTE[0]!.slice(at, at + 2), 16));
    const all = Array.from({ length: width * height }, (_, i) => i);
    ok(all.filter((i) => pixel(i).join() === blue.join()).length > 500);
    // The title is dark, in the first 30 px.
    ok(all.slice(0, 45 * width).filter((i) => pixel(i).every((c) => c < 90)).length > 100);
  }));

Deno.test("a table is saved as CSV; other endings are refused with the ones there are", () =>
  inFolder(async (folder) => {
    const rows = table([{ a: 1, b: "x" }]);
    await saveTable(rows, `${folder}/a.csv`);
    strictEqual(await Deno.readTextFile(`${folder}/a.csv`), "a,b\r\n1,x\r\n");
    await rejects(saveTable(rows, `${folder}/a.xlsx`), /ends in \.csv/);
    await rejects(saveFigure(figure, `${folder}/a.jpg`), /ends in \.svg or \.png/);
    await rejects(saveFigure(figure, `${folder}/missing/a.svg`), /Cannot save the figure/);
  }));
