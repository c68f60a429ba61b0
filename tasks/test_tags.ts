import { RangeError } from "../lib/errors.ts";

/** Tags of tests: each stands in brackets in a test's name, and this is what it means. */
export const TAGS = {
  slow: "takes some two seconds or more on a quiet core",
  large: "takes gigabytes of memory and of disk",
  gpu: "computes on WebGPU, be its adapter hardware or software",
  ray: "installs Ray and starts it on this machine",
  slurm: "starts Slurm on this machine",
  zoo: "needs PyTorch and other Python packages: 5 GB",
} as const;

/** A tag of {@linkcode TAGS}. */
export type Tag = keyof typeof TAGS;

const OPTIONS = /^--(quick$|only|without)(?:=(.*))?$/;

/**
 * Arguments of `deno test` for arguments of `deno task test`, in which `--only=gpu,slow` takes tests with one
 * of these tags, `--without=gpu,slow` those with none of them, and `--quick` those without any tag.
 *
 * @throws RangeError where a tag is unknown or missing, or names are filtered in two ways at once
 */
export function testArguments(args: readonly string[]): string[] {
  const names = Object.keys(TAGS);
  const filters = args.filter((arg) => OPTIONS.test(arg));
  const rest = args.filter((arg) => !OPTIONS.test(arg));
  if (filters.length === 0) return rest;
  if (filters.length > 1 || rest.some((arg) => /^--filter\b/.test(arg))) {
    throw new RangeError(
      `Cannot choose tests by ${args.join(" ")}: expected one of --quick, --only, --without and --filter`,
    );
  }
  const [, kind, list] = filters[0]!.match(OPTIONS)!;
  const tags = kind === "quick" ? names : (list ?? "").split(",");
  const wrong = tags.find((tag) => !names.includes(tag));
  if (wrong !== undefined) {
    throw new RangeError(
      `Cannot choose tests by ${filters[0]}: "${wrong}" is no tag; expected some of ${names.join(",")}`,
    );
  }
  if (kind === "only") return [`--filter=/\\[(${tags.join("|")})\\]/`, ...rest];
  // Deno's filter knows no look-ahead: a name, which ends in no [word], and nothing behind it but other tags.
  const others = names.filter((name) => !tags.includes(name)).join("|");
  return [`--filter=/^(.*([^\\]]|[^a-z]\\]))?( \\[(${others || "^"})\\])*$/`, ...rest];
}
