/** Where a source has one version of a package. */
import type { PackageId } from "../contract/control-repository.ts";
import type { PackageProblem } from "../contract/package-reading.ts";
import type { PackageSource } from "../contract/package-source.ts";
import { CoreAnswer, SoftwareAnswer } from "../contract/source-answer.ts";
import { download } from "./download.ts";

export type PackageAddress = { readonly kind: "at"; readonly url: string } | PackageProblem;

type WordPressOrg = Extract<PackageSource, { type: "wordpress.org" }>;

const maxAnswerBytes = 4 * 1024 * 1024;
const answerSeconds = 15;

export async function addressOf(id: PackageId, source: PackageSource): Promise<PackageAddress> {
  if (source.type !== "wordpress.org") return { kind: "at", url: filled(source.url, id) };
  return id.type === "core" ? coreAddress(id, source) : softwareAddress(id, source);
}

function filled(template: string, { type, slug, version }: PackageId): string {
  const words = { type, slug, version };
  return template.replace(
    /\{(type|slug|version)\}/gu,
    (_all, word: keyof typeof words) => words[word],
  );
}

async function softwareAddress(id: PackageId, source: WordPressOrg): Promise<PackageAddress> {
  const { type, slug, version } = id;
  const query = new URLSearchParams({
    action: type === "plugins" ? "plugin_information" : "theme_information",
    "request[slug]": slug,
    "request[fields][versions]": "1",
  });
  const answer = await ask(
    `${source.api}/${type}/info/1.2/?${query.toString()}`,
    source,
    (value) => SoftwareAnswer.safeParse(value).data,
  );
  if (answer.kind !== "answered") return answer;
  const { value } = answer;
  if (value.slug !== slug) return odd(source, "about another package");
  const listed = Object.hasOwn(value.versions, version) ? value.versions[version] : undefined;
  const url = listed ?? (value.version === version ? value.download_link : undefined);
  if (url !== undefined) return { kind: "at", url };
  return { kind: "not_found", why: `${source.name} has ${slug}, but no version ${version}` };
}

/** The API offers the newest release of each branch; older ones stand beside it, named alike. */
async function coreAddress({ version }: PackageId, source: WordPressOrg): Promise<PackageAddress> {
  const answer = await ask(
    `${source.api}/core/version-check/1.7/`,
    source,
    (value) => CoreAnswer.safeParse(value).data,
  );
  if (answer.kind !== "answered") return answer;
  const { offers } = answer.value;
  const [newest] = offers;
  const offer = offers.find((one) => one.version === version) ?? newest;
  if (offer === undefined) return odd(source, "without an offer");
  const { full } = offer.packages;
  const at = full.lastIndexOf(offer.version);
  if (at < 0) return odd(source, "with an address that names no version");
  return { kind: "at", url: full.slice(0, at) + version + full.slice(at + offer.version.length) };
}

async function ask<T>(url: string, source: WordPressOrg, read: (value: unknown) => T | undefined) {
  const chunks: Buffer[] = [];
  const { hosts, privateAddresses } = source;
  const rules = {
    hosts,
    privateAddresses,
    maxBytes: maxAnswerBytes,
    timeoutSeconds: answerSeconds,
  };
  const done = await download(url, rules, (chunk) => void chunks.push(chunk));
  if (done.kind !== "downloaded") return done;
  const value = read(asJson(Buffer.concat(chunks)));
  if (value === undefined) return odd(source, "in another shape than WordPress.org's");
  return { kind: "answered" as const, value };
}

function asJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** A broken source may be mended soon: nothing is known about the package. */
const odd = ({ name }: WordPressOrg, how: string): PackageProblem => ({
  kind: "unreachable",
  why: `${name} gave an answer ${how}`,
});
