import type { Tag } from "../tasks/test_tags.ts";

/**
 * A test's name with the tags that `deno task test --quick`, `--only` and `--without` tell it by; what they mean stands in
 * `tasks/test_tags.ts`.
 */
export function tagged(name: string, ...tags: readonly Tag[]): string {
  return [name, ...tags.map((tag) => `[${tag}]`)].join(" ");
}
