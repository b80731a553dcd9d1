/** Single files of a control tree, where one value of them is wanted. */
import { pathOfSite, type Tree } from "../contract/control-repository.ts";
import type { SiteId } from "../contract/ids.ts";
import { checkSchema } from "../contract/schema-finding.ts";
import { SiteFile } from "../contract/site-file.ts";
import { readYaml } from "../contract/yaml-document.ts";

/** A commit's tree never changes, and each heartbeat asks for its site's file. */
const known = new WeakMap<Tree, Map<SiteId, SiteFile | null>>();

/** A site's file; `null` where there is none or it cannot be read. */
export function siteFileOf(tree: Tree, site: SiteId): SiteFile | null {
  const files = known.get(tree) ?? new Map<SiteId, SiteFile | null>();
  known.set(tree, files);
  const found = files.get(site);
  if (found !== undefined) return found;
  const file = readSiteFile(tree, site);
  files.set(site, file);
  return file;
}

function readSiteFile(tree: Tree, site: SiteId): SiteFile | null {
  const path = pathOfSite(site);
  const content = tree.get(path);
  if (content === undefined) return null;
  const reading = readYaml(path, content);
  if (reading.kind === "unreadable") return null;
  const file = checkSchema(reading.document, SiteFile);
  return file.kind === "valid" ? file.value : null;
}
