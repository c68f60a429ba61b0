import { existsSync } from "node:fs";
import { NotFoundError } from "../lib/files/not_found.ts";

/**
 * The path of a file of the real data folder (`ESPALIER_DATA`), or `undefined` where there is none: then the
 * test that needs it is ignored, with `{ ignore: !path }`.
 *
 * @throws {NotFoundError} where `ESPALIER_REQUIRE` names `data`
 */
export function dataFile(relative: string): string | undefined {
  const path = dataFileIfThere(relative);
  if (path === undefined && required("data")) {
    const folder = Deno.env.get("ESPALIER_DATA");
    throw new NotFoundError(
      `Cannot find ${relative}: looked in ${folder || "no folder"}; set ESPALIER_DATA to a folder that has ` +
        "it, or take data from ESPALIER_REQUIRE, and the tests that need it are ignored",
    );
  }
  return path;
}

/** The path of a file that tests can do without, also where `ESPALIER_REQUIRE` names `data`. */
export function dataFileIfThere(relative: string): string | undefined {
  const folder = Deno.env.get("ESPALIER_DATA");
  if (!folder) return undefined;
  const path = `${folder}/${relative}`;
  return existsSync(path) ? path : undefined;
}

/** The path of a small input that once failed, in the folder beside the data: as {@linkcode dataFile}. */
export function caseFile(relative: string): string | undefined {
  return dataFile(`../cases/${relative}`);
}

/** The path of such an input that tests can do without. */
export function caseFileIfThere(relative: string): string | undefined {
  return dataFileIfThere(`../cases/${relative}`);
}

/** Parts that must be there (`ESPALIER_REQUIRE=webgpu,jupyter,data,ray,slurm,zoo`): missing, they fail, not skip. */
export function required(part: string): boolean {
  return (Deno.env.get("ESPALIER_REQUIRE") ?? "").split(",").includes(part);
}
