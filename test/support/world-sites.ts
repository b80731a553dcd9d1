/** A world's sites for tests: on this machine's own PHP where it has one, which is several times faster. */
import path from "node:path";
import {
  type Fleet,
  type FleetOptions,
  type SandboxSite,
  startWordPress,
} from "../../sandbox/wordpress/fleet.ts";
import { phpLiteral } from "../../sandbox/wordpress/wp-config.ts";
import { NativeSite } from "./connector-native.ts";
import { LANE } from "./connector-site.ts";

const connector = "countersign/countersign.php";

export const startSites: (options: FleetOptions) => Promise<Fleet> =
  LANE === "native" ? startNative : startWordPress;

async function startNative(options: FleetOptions): Promise<Fleet> {
  const sites: SandboxSite[] = [];
  const close = async () => {
    await Promise.all(sites.map((site) => site.close()));
  };
  try {
    for (const spec of options.sites) sites.push(await startOne(spec, options));
  } catch (error) {
    await close();
    throw error;
  }
  return { sites, close };
}

async function startOne(
  spec: FleetOptions["sites"][number],
  { connectorDir, packageOrigin }: FleetOptions,
): Promise<SandboxSite> {
  if (connectorDir === undefined) throw new Error("A native site has the connector.");
  const site = await NativeSite.start({
    connectorDir,
    plugins: spec.plugins ?? {},
    constants: {
      ...(packageOrigin === undefined ? {} : { COUNTERSIGN_PACKAGE_ORIGINS: packageOrigin }),
      ...spec.constants,
    },
    phpIni: spec.phpIni ?? {},
    permalinks: spec.permalinks ?? "pretty",
    database: "sqlite",
  });
  const list = [connector, ...(spec.activePlugins ?? [])].map((one) => phpLiteral(one)).join(", ");
  const printed = await site.runPhp(`
    require_once ABSPATH . 'wp-admin/includes/plugin.php';
    foreach ( array( ${list} ) as $plugin ) {
      $problem = activate_plugin( $plugin );
      if ( is_wp_error( $problem ) ) { echo $problem->get_error_message(); }
    }`);
  if (printed !== "") {
    await site.close();
    throw new Error(printed);
  }
  return {
    id: spec.id,
    url: site.url,
    user: "admin",
    password: "native-password",
    dir: site.folders.www,
    debugLog: path.resolve(site.folders.debugLog),
    runPhp: (code) => site.runPhp(code),
    cli: (args) => site.cli(args),
    kill: () => site.kill(),
    restart: () => site.restart(),
    close: () => site.close(),
  };
}
