import { type LoadPackage, providePackages } from "../../lib/deps.ts";

/** Works with other packages in the place of those of these specifiers. */
export async function withPackages(
  packages: Readonly<Record<string, LoadPackage>>,
  work: () => Promise<unknown>,
): Promise<void> {
  providePackages(packages);
  try {
    await work();
  } finally {
    providePackages(Object.fromEntries(Object.keys(packages).map((name) => [name, () => import(name)])));
  }
}
