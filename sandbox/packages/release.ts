/** Versions of plugins and themes: as an author releases them, and as a source offers them. */
import { createHash } from "node:crypto";
import { zip, type ZipFiles } from "./zip.ts";

export type PackageKind = "plugins" | "themes" | "core";

interface ReleaseFacts {
  readonly kind: PackageKind;
  readonly slug: string;
  readonly version: string;
  /** RFC 3339 in UTC with whole seconds. */
  readonly releasedAt: string;
  /** Least WordPress version. */
  readonly requires: string;
  /** Least PHP version. */
  readonly requiresPhp: string;
  /** Plugins that have to be active first. */
  readonly requiresPlugins?: readonly string[];
  /** The parent of a child theme. */
  readonly template?: string;
}

export interface Release extends ReleaseFacts {
  readonly files: ZipFiles;
}

/** What a package lock says about one version. */
export interface PackageEntry extends ReleaseFacts {
  readonly url: string;
  /** `sha256:<hex>` of the untampered zip. */
  readonly sha256: string;
  readonly bytes: number;
}

const FOLDERS = { plugins: "plugin", themes: "theme", core: "release" } as const;

export function pathOf({ kind, slug, version }: ReleaseFacts): string {
  return `/${FOLDERS[kind]}/${slug}.${version}.zip`;
}

export function entryOf({ files, ...facts }: Release, origin: string): PackageEntry {
  const bytes = zip(files);
  const sha256 = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  return { ...facts, url: origin + pathOf(facts), sha256, bytes: bytes.length };
}

/** Another release under the same name: a sound zip of the same size, one character changed. */
export function tampered(release: Release): Release {
  const [name = "", content = ""] = Object.entries(release.files)[0] ?? [];
  const text = Buffer.from(content);
  text.write(" ", text.length - 1);
  return { ...release, files: { ...release.files, [name]: text } };
}
