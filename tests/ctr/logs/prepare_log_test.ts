import assert from "node:assert/strict";
import { avazu, clickCsv } from "../../../lib/ctr/logs/log_format.ts";
import { prepareLog } from "../../../lib/ctr/logs/prepare_log.ts";
import { headerOf } from "../../../lib/ctr/logs/first_line.ts";
import { countIds } from "../../../lib/ctr/clicks.ts";
import { readLog, streamTraining } from "../../../lib/ctr/logs/read_log.ts";
import type { Manifest } from "../../../lib/ctr/logs/prepared_folder.ts";
import { sealJson } from "../../../lib/files/checksum.ts";
import { readJsonFile } from "../../../lib/files/json_file.ts";
import { openDatabase, sqlText } from "../../../lib/ctr/logs/database.ts";
import { seededRandom } from "../../../lib/random.ts";
import { inFolder } from "../../in_folder.ts";
import { OWN, ownRows, prepareText, vocabulary } from "./own_log.ts";

Deno.test("rows keep their order and values, and are split 8 : 1 : 1", () =>
  inFolder(async (folder) => {
    const rows = ownRows(3000).map((row, i) => row.replace(/,\d+$/, `,n${i}`));
    const log = await prepareText(rows.join("\n"), folder, { threshold: 0, vocabulary: "all" });
    const { train, validation, test } = await readLog(log);
    const [sites, numbers] = [await vocabulary(log, 0), await vocabulary(log, 1)];
    const seen: string[] = [];
    for (const [{ ids, labels }, size] of [[train, 2400], [validation, 300], [test, 300]] as const) {
      assert.ok(Math.abs(labels.length - size) < 100, `${labels.length} rows`);
      const own = Array.from(labels, (label, i) =>
        `${label},${sites.get(ids[2 * i]!)},${numbers.get(ids[2 * i + 1]!)}`);
      const places = own.map((row) =>
        Number(row.split("n")[1])
      );
      assert.deepEqual(places, places.toSorted((a, b) => a - b));
      seen.push(...own);
    }
    assert.deepEqual(seen.toSorted(), rows.toSorted());
    assert.equal(log.fields[1]!.size, 3000, "nothing was cut, so there is no id for the rest");
  }));

Deno.test("values are counted in the training part, and what comes too seldom shares one id", () =>
  inFolder(async (folder) => {
    const rows = ownRows(3000);
    const text = rows.join("\n");
    // The same split, with every value kept: what the training part holds.
    const all = await prepareText(text, folder, { threshold: 0, vocabulary: "all" });
    const names = await vocabulary(all, 0);
    const whole = await readLog(all);
    const decoded = ({ ids, labels }: { ids: Int32Array; labels: Uint8Array }) =>
      Array.from(labels, (_, i) => names.get(ids[2 * i]!)!);
    const counts = new Map<string, number>();
    for (const site of decoded(whole.train)) counts.set(site, (counts.get(site) ?? 0) + 1);
    const kept = [...counts].filter(([, count]) => count >= 4)
      .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([site]) => site);
    const log = await prepareText(text, folder, { threshold: 4, replace: true });
    assert.deepEqual(log.fields.map(({ size }) => size), [kept.length + 1, 24]);
    const cut = await readLog(log);
    for (const part of ["train", "validation", "test"] as const) {
      const expected = decoded(whole[part]).map((site) =>
        kept.includes(site) ? kept.indexOf(site) : kept.length
      );
      assert.deepEqual(Array.from(cut[part].labels, (_, i) => cut[part].ids[2 * i]), expected);
    }
  }));

Deno.test("a split by time puts the last tenth of the time last", () =>
  inFolder(async (folder) => {
    const format = clickCsv({ columns: ["click", "site", "hour"], label: "click", time: "hour" });
    const random = seededRandom(2);
    const rows = Array.from({ length: 1000 }, () =>
      `${random.integer(2)},s${random.integer(9)},${random.integer(1000)}`);
    const log = await prepareText(rows.join("\n"), folder, {
      format,
      split: "time",
      threshold: 0,
      vocabulary: "all",
    });
    const hours = await vocabulary(log, 1);
    const { train, validation, test } = await readLog(log);
    const times = [train, validation, test].map(({ ids, labels }) =>
      Array.from(labels, (_, i) =>
        Number(hours.get(ids[2 * i + 1]!)))
    );
    assert.ok(Math.max(...times[0]!) < Math.min(...times[1]!));
    assert.ok(Math.max(...times[1]!) < Math.min(...times[2]!));
    times.forEach((own, i) => assert.ok(Math.abs(own.length - [800, 100, 100][i]!) < 20));
  }));

Deno.test("plain text, .gz and Parquet give the same log, and so does a second call", () =>
  inFolder(async (folder) => {
    const rows = ownRows(500);
    const header = "click,site,hour\n";
    const plain = await readLog(await prepareText(rows.join("\n"), folder));
    for (
      const [name, text] of [["log.csv.gz", rows.join("\n")], [
        "headed.csv",
        header + rows.join("\n"),
      ]] as const
    ) {
      const other = `${folder}/${name}.folder`;
      await Deno.mkdir(other);
      assert.deepEqual(await readLog(await prepareText(text, other, { name })), plain);
    }
    const database = await openDatabase({ folder });
    const parquet = `${folder}/log.parquet`;
    await database.run(
      `COPY (SELECT * FROM read_csv(${sqlText(`${folder}/log.csv`)}, header=false, all_varchar=true, ` +
        `names=['click', 'site', 'hour'])) TO ${sqlText(parquet)} (FORMAT parquet)`,
    );
    database.close();
    const log = await prepareLog([parquet], OWN, { folder: `${folder}/from-parquet` });
    assert.deepEqual(await readLog(log), plain);
    const changed = (await Deno.stat(`${log.folder}/train.parquet`)).mtime;
    assert.deepEqual(await prepareLog([parquet], OWN, { folder: log.folder }), log);
    assert.deepEqual(
      (await Deno.stat(`${log.folder}/train.parquet`)).mtime,
      changed,
      "nothing was done again",
    );
    const other = await prepareLog([parquet], OWN, { folder: log.folder, seed: 1, replace: true });
    assert.notDeepEqual(other.rows, log.rows, "other settings make another log");
  }));

Deno.test("a bad row is refused with its file and line", () =>
  inFolder(async (folder) => {
    const good = ownRows(40);
    const refused = async (lines: readonly string[], expected: RegExp, format = OWN) => {
      await assert.rejects(prepareText(lines.join("\n"), folder, { format }), (error: Error) => {
        assert.match(error.message, expected);
        assert.ok(error.message.includes("log.csv"), error.message);
        return error instanceof SyntaxError;
      });
    };
    await refused(
      good.with(6, "1,s1"),
      /log\.csv, line 7: expected 3 columns, found 2; is the separator right\?/,
    );
    await refused(good.with(6, "1,s1,4,5"), /line 7: expected 3 columns, found 4/);
    await refused(good.map((row) => row.replaceAll(",", "\t")), /line 1: expected 3 columns, found 1/);
    await refused(good.with(9, "2,s1,4"), /line 10: "click" is "2", expected 0 or 1/);
    await refused(["click,site,hour", ...good.with(9, ",s1,4")], /line 11: "click" is "", expected 0 or 1/);
    await refused(
      ["click,hour,site", ...good],
      /line 1: a header of 3 columns, click, hour, site; expected 3, click, site, hour/,
    );
    await refused(["no,such,header", ...good], /line 1: "click" is "no", expected 0 or 1/);
    const numbers = { ...OWN, fields: [{ name: "hour", value: `"hour"`, numbers: ["hour"] }] };
    await refused(good.with(3, "1,s1,noon"), /line 4: "hour" is "noon", expected a number/, numbers);
    await refused(good.with(3, "1,s1,nan"), /line 4: "hour" is "nan", expected a number/, numbers);
    const timed = clickCsv({ columns: OWN.columns, label: "click", time: "hour" });
    await refused(good.with(5, "1,s1,late"), /line 6: "hour" is "late", expected a number/, timed);
    await refused(good.with(5, "1,s1,"), /line 6: there is no time/, timed);
    await refused(good.with(5, `1,"s1,4`), /log\.csv, line 6: /);
    const wrong = { ...OWN, fields: [{ name: "day", value: "day" }] };
    await refused(good, /Cannot read .*log\.csv: .*"day" not found/, wrong);
    const cut = { ...OWN, fields: [{ name: "day", value: `CAST(strptime("hour", '%H') AS VARCHAR)` }] };
    await refused(good.with(7, "1,s1,24"), /line 8: the field "day" cannot be made of its cells/, cut);
    const clicks = Array.from({ length: 24 }, (_, i) =>
      [1e9 + i, i % 2, "14102103", ...Array(21).fill("x")].join());
    await refused(
      clicks.with(4, clicks[4]!.replace("14102103", "1410")),
      /line 5: the field "hour" cannot/,
      avazu(),
    );
    const database = await openDatabase({ folder });
    await database.run(`COPY (SELECT '1' AS click, 's' AS site) TO '${folder}/two.parquet' (FORMAT parquet)`);
    database.close();
    await assert.rejects(prepareLog([`${folder}/two.parquet`], OWN, { folder: `${folder}/two` }), {
      name: "SyntaxError",
      message: /two\.parquet: it has columns click, site; expected hour among them$/,
    });
    await Deno.writeTextFile(`${folder}/text.parquet`, "click,site,hour");
    await assert.rejects(prepareLog([`${folder}/text.parquet`], OWN, { folder: `${folder}/two` }), {
      name: "SyntaxError",
      message: /Cannot read .*text\.parquet: .*Parquet/i,
    });
    await assert.rejects(prepareText("", folder), /log\.csv: the file is empty/);
    await assert.rejects(
      prepareLog([`${folder}/none.csv`], OWN, { folder }),
      /none\.csv: there is no such file/,
    );
    await assert.rejects(
      prepareText("1,a,1\n0,b,2\n", folder),
      /Cannot split a log of 2 rows into 8 : 1 : 1/,
    );
    await assert.rejects(
      prepareText(good.join("\n"), folder, { split: "time" }),
      /its format has none; split it at random/,
    );
    await assert.rejects(prepareLog([], OWN, { folder }), /of no files/);
    assert.throws(
      () =>
        clickCsv({ columns: ["a"], label: "b" }),
      /by column "b": expected one of its columns a/,
    );
  }));

Deno.test("names and cells may hold what CSV allows: marks, separators, a byte order mark, other alphabets", () =>
  inFolder(async (folder) => {
    const rows = ownRows(60).map((row) => row.split(","));
    const plain = await readLog(
      await prepareText(rows.map((row) => row.join()).join("\n"), folder, { threshold: 0 }),
    );
    const odd = [`"clicked?"`, `"Site ""domain"", all"`, "Größe"];
    const quoted = rows.map(([click, site, hour]) => `${click},"${site}, ""x""",${hour}`);
    await Deno.mkdir(`${folder}/odd`);
    const text = `\ufeff${[odd.join(), ...quoted].join("\r\n")}\r\n`;
    await Deno.writeTextFile(`${folder}/odd/log.csv`, text);
    const columns = await headerOf(`${folder}/odd/log.csv`);
    assert.deepEqual(columns, ["clicked?", `Site "domain", all`, "Größe"]);
    const format = clickCsv({ columns, label: "clicked?" });
    const log = await prepareText(text, `${folder}/odd`, { format, threshold: 0 });
    assert.deepEqual(log.fields.map(({ name }) => name), columns.slice(1));
    assert.ok((await vocabulary(log, 0)).get(0)!.endsWith(`, "x"`));
    const { train } = await readLog(log);
    assert.deepEqual([train.labels, train.ids], [plain.train.labels, plain.train.ids]);
    await Deno.writeTextFile(`${folder}/bare.csv`, "1,1,2\n");
    await assert.rejects(headerOf(`${folder}/bare.csv`), /found "1" twice; where there is no header, name/);
  }));

Deno.test("a value that SQL makes NULL is the empty one, in its vocabulary and in the rows", () =>
  inFolder(async (folder) => {
    const format = {
      ...OWN,
      fields: [{ name: "even", value: `CASE WHEN CAST("hour" AS INTEGER) % 2 = 0 THEN 'e' END` }],
    };
    const rows = Array.from({ length: 200 }, (_, i) => `${i % 3 === 0 ? 1 : 0},s,${i % 5}`);
    const log = await prepareText(rows.join("\n"), folder, { format });
    assert.deepEqual(log.fields, [{ name: "even", size: 2 }]);
    assert.deepEqual([...(await vocabulary(log, 0)).values()], ["e", ""]);
    const all = Object.values(await readLog(log)).flatMap(({ ids }) => [...ids]);
    assert.equal(all.filter((id) => id === 1).length, 80, "two hours of five");
  }));

Deno.test("files and folders may be called as patterns and partitions are", () =>
  inFolder(async (folder) => {
    const rows = ownRows(60);
    const plain = await readLog(await prepareText(rows.join("\n"), folder));
    const odd = `${folder}/site=3/[a-z]*`;
    await Deno.mkdir(odd, { recursive: true });
    await Deno.writeTextFile(`${folder}/site=3/x`, "");
    await Deno.writeTextFile(`${odd}/log1.csv`, "0,other,1\n1,other,2\n");
    const log = await prepareText(rows.join("\n"), odd, { name: "log[1].csv" });
    assert.deepEqual(await readLog(log), plain);
    const { counts } = await streamTraining(log);
    assert.deepEqual(counts, countIds(plain.train));
  }));

Deno.test("a log that was killed while it was prepared goes on to the same files", () =>
  inFolder(async (folder) => {
    const text = ownRows(2000).join("\n");
    const whole = await readLog(await prepareText(text, folder));
    const again = `${folder}/prepared`;
    // What a killed call leaves: staged rows, a part of a file, and no log.
    const left = `${again}/preparing`;
    for (
      const lost of [["log.json"], ["test.parquet", "validation.parquet"], ["vocabularies/1.parquet"], []]
    ) {
      await Deno.mkdir(left);
      const content = ["test.parquet", "train.parquet", "validation.parquet", "vocabularies", "log.json"];
      // With nothing lost, it was killed while its files were moved.
      const moved = lost.length > 0 ? content : content.slice(2);
      for (const name of moved) await Deno.rename(`${again}/${name}`, `${left}/${name}`);
      if (lost.length > 0) {
        const manifest = (await readJsonFile<Manifest>(`${left}/log.json`))!;
        delete manifest.log;
        await Deno.writeTextFile(`${left}/log.json`, sealJson(manifest));
        for (const name of lost) if (name !== "log.json") await Deno.remove(`${left}/${name}`);
        await Deno.writeTextFile(`${left}/test.parquet.part`, "PAR1, and then the machine went");
      }
      const log = await prepareLog([`${folder}/log.csv`], OWN, { folder: again, threads: 1 });
      assert.deepEqual(await readLog(log), whole);
      assert.deepEqual([...Deno.readDirSync(again)].map(({ name }) => name).sort(), [
        "log.json",
        "test.parquet",
        "train.parquet",
        "validation.parquet",
        "vocabularies",
      ]);
    }
  }));

Deno.test("whatever fails leaves the log that a folder holds as it was, and only `replace` gives it up", () =>
  inFolder(async (folder) => {
    const rows = ownRows(100);
    const log = await prepareText(rows.join("\n"), folder);
    const path = `${folder}/log.csv`;
    const bytes = async () => {
      const names = ["log.json", "train.parquet", "test.parquet", "vocabularies/0.parquet"];
      return await Promise.all(names.map((name) => Deno.readFile(`${log.folder}/${name}`)));
    };
    const before = await bytes();
    const options = { folder: log.folder, threads: 1, replace: true };
    const bad = async (name: string, text: string) => {
      await Deno.writeTextFile(`${folder}/${name}.csv`, text);
      return `${folder}/${name}.csv`;
    };
    const refusals: [files: string[], expected: RegExp | { name: string }][] = [
      [[path, `${folder}/lgo.csv`], { name: "NotFoundError" }],
      [[await bad("labels", `${rows.join("\n")}\n2,a,1`)], /line 101: "click" is "2"/],
      [[await bad("short", "1,a,1\n0,b,2")], /a log of 2 rows/],
      [
        [await bad("ones", rows.map((row) => `1${row.slice(1)}`).join("\n"))],
        /100 rows of which 100 are clicks/,
      ],
    ];
    for (const [files, expected] of refusals) {
      await assert.rejects(prepareLog(files, OWN, options), expected);
      assert.deepEqual(await bytes(), before);
      assert.deepEqual(await prepareLog(path, OWN, { folder: log.folder }), log);
    }
    await assert.rejects(
      prepareLog([path, path], OWN, { folder: log.folder, threshold: 3 }),
      /holds one that is not the same \(threshold, files; .*`replace: true`/,
    );
    assert.deepEqual(await bytes(), before);
    const other = await prepareLog([path, path], OWN, { ...options, threshold: 3 });
    assert.notEqual(other.vocabularies, log.vocabularies);
    assert.deepEqual(await prepareLog([path, path], OWN, { folder: log.folder, threshold: 3 }), other);
    assert.ok(!await Deno.stat(`${log.folder}/preparing`).catch(() => false));
  }));

Deno.test("numbers that cannot be meant are refused before anything is written", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/log.csv`, ownRows(100).join("\n"));
    const prepare = (more: object) =>
      prepareLog(`${folder}/log.csv`, OWN, { folder: `${folder}/prepared`, ...more });
    const refusals: [more: object, expected: RegExp][] = [
      [{ threshold: -1 }, /with threshold -1: expected a whole number from 0/],
      [{ seed: NaN }, /with seed NaN: expected a whole number from 0/],
      [{ seed: 0.5 }, /with seed 0\.5: expected a whole number from 0/],
      [{ seed: "0); DROP" }, /with seed the text "0\); DROP": expected a whole number from 0/],
      [{ memory: 0 }, /with memory 0: expected a number above 0/],
      [{ memory: "2GB" }, /with memory the text "2GB": expected a number above 0/],
      [{ threads: 0 }, /with threads 0: expected a whole number from 1/],
      [{ threads: 1.5 }, /with threads 1\.5: expected a whole number from 1/],
    ];
    for (const [more, message] of refusals) {
      await assert.rejects(prepare(more), { name: "RangeError", message });
      await assert.rejects(Deno.stat(`${folder}/prepared`), Deno.errors.NotFound);
    }
    await prepare({ seed: 0, memory: 0.5, threads: 1 });
  }));

Deno.test("a log is not prepared over files that are no prepared log's", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/train.parquet`, "somebody's rows");
    for (const replace of [false, true]) {
      await assert.rejects(
        prepareLog(`${folder}/train.parquet`, OWN, { folder, replace }),
        /its train\.parquet is of no prepared log and would be lost/,
      );
    }
    assert.equal(await Deno.readTextFile(`${folder}/train.parquet`), "somebody's rows");
    await assert.rejects(
      prepareLog(undefined as unknown as string, OWN, { folder }),
      /of undefined: expected paths of its files/,
    );
  }));
