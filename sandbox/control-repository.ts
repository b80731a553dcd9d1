/** The sandbox's control repository: the policy, the sites and the package locks, as text. */
import type { NewKeys } from "../src/cli/init.ts";
import type { SandboxGitHub } from "./github/start.ts";
import type { PackageEntry } from "./packages/release.ts";

export interface SiteText {
  readonly id: string;
  readonly url: string;
  /** Version of hello-countersign. */
  readonly version: string;
}

export function policyText(github: SandboxGitHub, keys: NewKeys, packageOrigin: string): string {
  const agent = github.people["update-agent"];
  return `# yaml-language-server: $schema=https://countersign.example/schemas/countersign.json
version: 1
log:
  key: ${keys.logKey}
  recovery: ${keys.recoveryKey}
roles:
  operators: { teams: [acme/ops] }
  security: { teams: [acme/security] }
agents:
  users: [{ login: ${agent.login}, id: ${agent.id} }] # may propose, never count
rights:
  change-policy: { role: security, count: 1 }
  pair: { role: security, count: 1 }
  override: { role: security }
  release: { role: security }
  retry: { role: operators }
  rollback: { role: operators }
  break-glass: { role: security, count: 2, for: 60m }
  hold: any-role
  panic: any-role
pairing: { privateAddresses: true } # all of this world is on one machine
gates:
  - name: any change needs an operator
    require: [{ role: operators, count: 1 }]
sources:
  - name: sandbox
    type: wordpress.org
    api: ${packageOrigin}
    hosts: ["${new URL(packageOrigin).host}"]
    privateAddresses: true
`;
}

export function siteText({ id, url, version }: SiteText): string {
  return `# ${id}
url: ${url}
tier: production
labels: { client: acme }
timezone: Europe/Berlin
desired:
  plugins:
    hello-countersign: { version: "${version}", state: active }
health:
  - { path: /, status: 200 }
`;
}

/** What `countersign pin` would say. */
export function lockText(entry: PackageEntry): string {
  const { requiresPlugins, template } = entry;
  const more = [
    ...(requiresPlugins === undefined ? [] : [`requiresPlugins: [${requiresPlugins.join(", ")}]`]),
    ...(template === undefined ? [] : [`template: ${template}`]),
  ];
  return `source: sandbox
url: ${entry.url}
sha256: ${entry.sha256}
bytes: ${entry.bytes}
releasedAt: "${entry.releasedAt}"
requires: "${entry.requires}"
requiresPhp: "${entry.requiresPhp}"
${more.map((line) => `${line}\n`).join("")}`;
}

export const lockPath = ({ kind, slug, version }: PackageEntry): string =>
  `packages/${kind}/${slug}/${version}.yml`;
