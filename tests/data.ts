import { existsSync } from "node:fs";

/**
 * The path of a file of the real data folder (`ESPALIER_DATA`), or `undefined` where there is none: then the
 * test that needs it is ignored, with `{ ignore: !path }`.
 */
export function dataFile(relative: string): string | undefined {
  const folder = Deno.env.get("ESPALIER_DATA");
  if (!folder) return undefined;
  const path = `${folder}/${relative}`;
  return existsSync(path) ? path : undefined;
}

/** The path of a small input that once failed, in the folder beside the data; `undefined` where there is none. */
export function caseFile(relative: string): string | undefined {
  const folder = Deno.env.get("ESPALIER_DATA");
  const path = `${folder}/../cases/${relative}`;
  return folder && existsSync(path) ? path : undefined;
}

/** Parts that must be there (`ESPALIER_REQUIRE=webgpu,jupyter,data,ray,slurm`): missing, they fail, not skip. */
export function required(part: string): boolean {
  return (Deno.env.get("ESPALIER_REQUIRE") ?? "").split(",").includes(part);
}
