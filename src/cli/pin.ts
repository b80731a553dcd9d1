/**
 * `countersign pin`: writes package locks into a local clone. Policy, sites and locks are read as
 * they lie on disk; only lock files, and versions in site files that are named, change.
 */
import { type PackageId, pathOfLock, pathOfSite } from "../contract/control-repository.ts";
import { quote } from "../contract/finding.ts";
import { FLEET_CONFIG_PATH, type FleetConfig, readFleetConfig } from "../contract/fleet-config.ts";
import { SiteId } from "../contract/ids.ts";
import { parsePinName, pinName } from "../domain/package-index.ts";
import { CountersignError } from "../errors.ts";
import { pinPackage, type Pinning } from "../workflow/pin.ts";
import type { Packages } from "../workflow/ports.ts";
import { findingLines } from "./finding-lines.ts";
import { editVersions } from "./pin-site.ts";
import { readTreeFile, writeTreeFile } from "./working-tree.ts";

export interface PinOptions {
  readonly names: readonly string[];
  /** Replaces locks that say something else than their source. */
  readonly repin?: boolean;
  /** Sites in whose files these versions are set; all else in them stays as it is. */
  readonly sites?: readonly string[];
}

export interface PinPorts {
  readonly packages: Packages;
  /** A line for people before something that may take long. */
  readonly onProgress: (line: string) => void;
}

export interface PinReport {
  readonly lines: readonly string[];
  /** 1: something has to be mended; 3: a source could not be reached. */
  readonly exitCode: 0 | 1 | 3;
}

/** @throws CountersignError `usage` for what is no package or site, `clone_unreadable` */
export async function pinClone(
  folder: string,
  options: PinOptions,
  ports: PinPorts,
): Promise<PinReport> {
  const ids = options.names.map(packageNamed);
  const sites = (options.sites ?? []).map(siteNamed);
  const content = await readTreeFile(folder, FLEET_CONFIG_PATH);
  if (content === undefined) throw noPolicy(folder);
  const config = readFleetConfig(content);
  if (config.kind === "invalid") return { lines: findingLines(config.findings), exitCode: 1 };
  const done: Done[] = [];
  for (const id of ids) {
    ports.onProgress(`Asking the source for ${pinName(id)} …`);
    done.push(await pinOne(id, { ...ports, folder, config: config.config, options }));
  }
  const good = ids.filter((_id, index) => done[index]?.exitCode === 0);
  for (const site of sites) done.push(await setVersions(folder, site, good));
  const codes = new Set(done.map(({ exitCode }) => exitCode));
  return {
    lines: done.flatMap(({ lines }) => lines),
    exitCode: codes.has(1) ? 1 : codes.has(3) ? 3 : 0,
  };
}

type Done = PinReport;

interface Pinned extends PinPorts {
  readonly folder: string;
  readonly config: FleetConfig;
  readonly options: PinOptions;
}

async function pinOne(id: PackageId, given: Pinned): Promise<Done> {
  const { folder, config, packages, options } = given;
  const file = pathOfLock(id);
  const content = await readTreeFile(folder, file);
  const tree = new Map(content === undefined ? [] : [[file, content]]);
  const repin = options.repin ?? false;
  const pinning = await pinPackage(id, { packages, config, tree, repin });
  if (pinning.kind === "pinned") await writeTreeFile(folder, file, pinning.text);
  return described(pinName(id), pinning);
}

function described(name: string, pinning: Pinning): Done {
  const { path } = pinning;
  switch (pinning.kind) {
    case "pinned":
      return { lines: [`${path}: written, ${pinning.lock.sha256}`], exitCode: 0 };
    case "unchanged":
      return { lines: [`${path}: there already, and its source confirms it`], exitCode: 0 };
    case "differs":
      return { lines: findingLines(pinning.findings), exitCode: 1 };
    case "failed":
      return {
        lines: [`${path}:1:1: error: ${name} was not pinned: ${pinning.why}`],
        exitCode: pinning.unreachable ? 3 : 1,
      };
  }
}

async function setVersions(folder: string, site: SiteId, ids: readonly PackageId[]): Promise<Done> {
  const file = pathOfSite(site);
  const content = await readTreeFile(folder, file);
  const edited = editVersions({ file, content }, ids);
  if (edited.kind === "refused") return { lines: findingLines(edited.findings), exitCode: 1 };
  await writeTreeFile(folder, file, edited.text);
  return { lines: [`${file}: ${ids.map(pinName).join(", ") || "nothing to set"}`], exitCode: 0 };
}

function packageNamed(name: string): PackageId {
  const id = parsePinName(name);
  if (id !== null) return id;
  throw new CountersignError("usage", `${quote(name)} is no package.`, {
    hint: "Write it like plugins/akismet@5.4, themes/storefront@4.6.0 or core@7.1.1.",
  });
}

function siteNamed(name: string): SiteId {
  const site = SiteId.safeParse(name);
  if (site.success) return site.data;
  throw new CountersignError("usage", `${quote(name)} is no site's id.`, {
    hint: "Name the site as its file is named under sites/.",
  });
}

const noPolicy = (folder: string): CountersignError =>
  new CountersignError("clone_unreadable", `${folder} has no ${FLEET_CONFIG_PATH}.`, {
    hint: "Run this at the top of a clone of the control repository.",
  });
