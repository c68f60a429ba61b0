import assert from "node:assert/strict";
import { prepareLog } from "../../../lib/ctr/logs/prepare_log.ts";
import { movieLens } from "../../../lib/ctr/logs/movie_lens.ts";
import { readLog } from "../../../lib/ctr/logs/read_log.ts";
import { openDatabase, sqlText } from "../../../lib/ctr/logs/database.ts";
import { dataFile } from "../../data.ts";
import { inFolder } from "../../in_folder.ts";

const ratings = dataFile("ctr/ml-100k/u.data.gz");

Deno.test(
  "MovieLens' ratings are joined to users and films",
  { ignore: !ratings },
  () =>
    inFolder(async (folder) => {
      const source = ratings!.replace("/u.data.gz", "");
      const { path, format } = await movieLens(source, `${folder}/ratings.parquet`);
      const log = await prepareLog([path], format, {
        folder: `${folder}/log`,
        split: "time",
        threshold: 0,
        vocabulary: "all",
      });
      assert.equal(log.rows.train + log.rows.validation + log.rows.test, 100_000);
      const sizes = Object.fromEntries(log.fields.map(({ name, size }) => [name, size]));
      assert.deepEqual([sizes.user, sizes.film, sizes.gender, sizes.occupation, sizes.hour], [
        943,
        1682,
        2,
        21,
        24,
      ]);
      const { train, validation, test } = await readLog(log);
      const clicks = [train, validation, test].flatMap(({ labels }) => [...labels]).filter((label) =>
        label
      ).length;
      assert.equal(clicks, 34_174 + 21_201, "ratings of 4 and 5, as counted in the data's own notes");
      // The first rating of the file: user 196, film 242, rating 3, at 881250949, a Thursday afternoon in December 1997.
      const database = await openDatabase({ folder });
      const [first] = await database.rows(`SELECT * FROM read_parquet(${sqlText(path)}) LIMIT 1`);
      database.close();
      assert.deepEqual(first!.slice(0, 9), ["0", "196", "242", "M", "9", "writer", "551", "15", "4"]);
      const options = { folder: `${folder}/log`, split: "time", threshold: 0, vocabulary: "all" } as const;
      await movieLens(source, path);
      assert.deepEqual(
        await prepareLog(path, format, options),
        log,
        "a second call goes on with the same file",
      );
      await Deno.mkdir(`${folder}/copy`);
      for (const name of ["u.data.gz", "u.user.gz", "u.item.gz"]) {
        await Deno.copyFile(`${source}/${name}`, `${folder}/copy/${name}`);
      }
      await movieLens(`${folder}/copy`, path);
      await assert.rejects(prepareLog(path, format, options), /holds one that is not the same \(files/);
      await assert.rejects(movieLens(folder, `${folder}/x`), /there is no u\.data in/);
    }),
);
