import { UserProblem } from "./problem.ts";

/** The oldest Deno that runs everything here: text imports and the lock file's format. */
const OLDEST_DENO = "2.8.0";

/** Throws, with what to do, unless this Deno is new enough. */
export function requireDeno(version: string = Deno.version.deno, oldest: string = OLDEST_DENO): void {
  if (compareVersions(version, oldest) >= 0) return;
  throw new UserProblem(
    `Cannot run on Deno ${version}: Espalier needs ${oldest} or newer; run \`deno upgrade\`, or use ` +
      `\`npx -y deno@2.9.6 task …\``,
  );
}

/** Negative where `a` is the older version, 0 where they are equal; what follows a hyphen does not count. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split("-")[0]!.split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left![i] ?? 0) - (right![i] ?? 0);
    if (difference) return difference;
  }
  return 0;
}
