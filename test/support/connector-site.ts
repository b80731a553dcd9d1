/** A real WordPress with the connector in it, in whichever lane this machine has. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { it, describe } from "vitest";
import { startWordPress } from "../../sandbox/wordpress/fleet.ts";
import type { PhpConstant } from "../../sandbox/wordpress/wp-config.ts";
import { hasNativePhp, NativeSite } from "./connector-native.ts";
import { MAIN, pluginFiles } from "./connector-plugins.ts";

export const CONNECTOR_DIR = fileURLToPath(new URL("../../connector", import.meta.url));

/** `COUNTERSIGN_LANE` decides; otherwise this machine's own PHP where it can. */
export const LANE: "native" | "wasm" =
  process.env["COUNTERSIGN_LANE"] === "wasm" || !hasNativePhp() ? "wasm" : "native";

/** `COUNTERSIGN_DATABASE=mariadb` puts every native site on MariaDB. */
export const DATABASE: "sqlite" | "mariadb" =
  LANE === "native" && process.env["COUNTERSIGN_DATABASE"] === "mariadb" ? "mariadb" : "sqlite";

export interface ConnectorSite {
  readonly url: string;
  /** The document root on disk. */
  readonly dir: string;
  /** Of the administrator `admin`. */
  readonly password: string;
  runPhp(code: string): Promise<string>;
  /** All rows as text, where the site is not on SQLite. */
  dump(): string | undefined;
  /** Runs wp-cli, without the leading `wp`. */
  cli(args: readonly string[]): Promise<{ stdout: string; stderr: string; code: number }>;
  restart(): Promise<void>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly packageOrigin?: string;
  readonly plugins?: Readonly<Record<string, string>>;
  readonly constants?: Readonly<Record<string, PhpConstant>>;
  readonly phpIni?: Readonly<Record<string, string>>;
  readonly permalinks?: "pretty" | "plain";
}

/** WebAssembly on a busy machine takes its time; how long is not what these tests are about. */
export const patience = (milliseconds: number): number =>
  LANE === "native" ? milliseconds : 5 * milliseconds;

/** Starts a site with version 1.0 of the test plugin and the connector, both active, unpaired. */
export async function startSite(options: SiteOptions = {}): Promise<ConnectorSite> {
  const site = await startLane({
    plugins: { ...pluginFiles("1.0"), ...options.plugins },
    constants: {
      COUNTERSIGN_ALLOW_FAILPOINTS: true,
      // A step's time is that of a host: the default one would undo what is merely slow here.
      ...(LANE === "wasm" ? { COUNTERSIGN_STEP_SECONDS: 300 } : {}),
      ...(options.packageOrigin === undefined
        ? {}
        : { COUNTERSIGN_PACKAGE_ORIGINS: options.packageOrigin }),
      ...options.constants,
    },
    phpIni: options.phpIni ?? {},
    permalinks: options.permalinks ?? "pretty",
  });
  readConstantsFromFile(site);
  const printed = await site.runPhp(
    `require_once ABSPATH . 'wp-admin/includes/plugin.php';
     foreach ( array( 'countersign/countersign.php', '${MAIN}' ) as $plugin ) {
       $problem = activate_plugin( $plugin );
       if ( is_wp_error( $problem ) ) { echo $problem->get_error_message(); }
     }`,
  );
  if (printed !== "") throw new Error(printed);
  return site;
}

type LaneOptions = Required<Omit<SiteOptions, "packageOrigin">>;

async function startLane(options: LaneOptions): Promise<ConnectorSite> {
  if (LANE === "native") {
    const native = await NativeSite.start({
      ...options,
      connectorDir: CONNECTOR_DIR,
      database: DATABASE,
    });
    return {
      url: native.url,
      dir: native.folders.www,
      password: "native-password",
      runPhp: (code) => native.runPhp(code),
      dump: () => native.dump(),
      cli: (args) => native.cli(args),
      restart: () => native.restart(),
      kill: () => native.kill(),
      close: () => native.close(),
    };
  }
  const spec = { id: "connector", ...options };
  const fleet = await startWordPress({ sites: [spec], connectorDir: CONNECTOR_DIR });
  const site = fleet.sites[0]!;
  return {
    url: site.url,
    dir: site.dir,
    password: site.password,
    runPhp: (code) => site.runPhp(code),
    dump: () => undefined,
    cli: (args) => site.cli(args),
    restart: () => site.restart(),
    kill: () => site.kill("SIGKILL"),
    close: () => fleet.close(),
  };
}

/** A test changes constants of a running site by a file beside the document root. */
function readConstantsFromFile(site: ConnectorSite): void {
  const config = path.join(site.dir, "wp-config.php");
  const read =
    "foreach ( (array) json_decode( (string) @file_get_contents( dirname( __DIR__ ) . '/constants.json' ), true ) as $name => $value ) { define( $name, $value ); }\nunset( $name, $value );\n";
  writeFileSync(config, readFileSync(config, "utf8").replace("<?php\n", `<?php\n${read}`));
}

/** The line of readme.txt that lets the dead-man's switch run before WordPress itself. */
export function runStubBeforeCore(site: ConnectorSite): void {
  const readme = readFileSync(path.join(CONNECTOR_DIR, "readme.txt"), "utf8");
  const line = /^`(if \( is_file\( .*countersign-stub\.php.*)`$/mu.exec(readme)?.[1] ?? "";
  const config = path.join(site.dir, "wp-config.php");
  const text = readFileSync(config, "utf8").replace("$table_prefix", `${line}\n$table_prefix`);
  writeFileSync(config, text);
}

/** Sets constants from the next request on; an empty object takes them back. */
export function setConstants(site: ConnectorSite, constants: Record<string, PhpConstant>): void {
  writeFileSync(path.join(site.dir, "..", "constants.json"), JSON.stringify(constants));
}

/** The connector's own folder: outside the web root in both lanes. */
export function storageOf(site: ConnectorSite): string {
  const home = path.join(site.dir, "..");
  const name = readdirSync(home).find((entry) => entry.startsWith("countersign-"));
  if (name === undefined) throw new Error("the connector has made no folder");
  return path.join(home, name);
}

/** The state of the journal: the name of its only file, or nothing. */
export function journalOf(site: ConnectorSite): string | undefined {
  const folder = path.join(storageOf(site), "journal");
  return existsSync(folder) ? readdirSync(folder)[0] : undefined;
}

/** Whether a killed process has reached its failpoint, where PHP cannot kill itself. */
export function tookFailpoint(site: ConnectorSite): boolean {
  const mark = path.join(storageOf(site), "failpoint-reached");
  const reached = existsSync(mark);
  rmSync(mark, { force: true });
  return reached;
}

export const pluginVersionOnDisk = (site: ConnectorSite): string | undefined =>
  /Version: (\S+)/u.exec(
    readFileSync(path.join(site.dir, "wp-content/plugins", MAIN), "utf8"),
  )?.[1];

/** What a visitor sees of the test plugin: status and marker. */
export async function frontPage(site: ConnectorSite): Promise<string> {
  const reply = await fetch(`${site.url}/`, { redirect: "manual" });
  const marker = /<!-- hello-countersign ([\d.]+) -->/u.exec(await reply.text())?.[1];
  return `${reply.status} ${marker ?? "no marker"}`;
}

/** Whether there is time for everything: natively, or where somebody asks for it. */
const IS_FULL = LANE === "native" || process.env["COUNTERSIGN_FULL"] === "1";

/** `it` where there is time for everything. On WebAssembly one case of each sort has to do. */
export const itFully: typeof it | undefined = IS_FULL ? it : undefined;

/** `describe` of a suite that holds nothing but such tests. */
export const describeFully: typeof describe | undefined = IS_FULL ? describe : undefined;

/** All cases natively; on WebAssembly, where each takes seconds, the first ones. */
export const laneCases = <T>(cases: readonly T[], onWasm: number): readonly T[] =>
  IS_FULL ? cases : cases.slice(0, onWasm);

/** The status of a page. The body is read, since Node's fetch breaks when a server closes before. */
export async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const reply = await fetch(url, { redirect: "manual", ...init });
  await reply.arrayBuffer();
  return reply.status;
}

/** `describe` of what only native PHP does in bearable time; elsewhere it counts as skipped. */
export const describeNative: typeof describe.skip = LANE === "native" ? describe : describe.skip;
