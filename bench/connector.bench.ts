/**
 * What Countersign adds to an update: a plugin of 5 MB by a signed action, beside the bare
 * `Plugin_Upgrader` on the same site, on native PHP. Everything added except the health probes has
 * to stay under 0.3 s of CPU, and a token's verification above 0.7 of `openssl speed`. Time on the
 * clock is told beside it: it counts what else the machine does. Prints one JSON object; exit code 1 where a limit is passed, 2 where there is no native PHP.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { z } from "zod";
import { ControlPlane } from "../test/support/connector-cp.ts";
import { startPackageServer } from "../test/support/connector-packages.ts";
import { packageOf, planText, step } from "../test/support/connector-plan.ts";
import { LANE, startSite } from "../test/support/connector-site.ts";
import { zipOf } from "../test/support/connector-zip.ts";

const Cost = z.object({ wall: z.number(), cpu: z.number() });
type Cost = z.infer<typeof Cost>;
const Metered = Cost.extend({ probesCpu: z.number() });
const Body = z.record(z.string(), z.string());
const Probe = z.object({ ms: z.number() });
const Probes = z.object({ before: z.array(Probe), after: z.array(Probe) });

const LIMITS = { addedSeconds: 0.3, verifyRatio: 0.7 };
const ROUNDS = 5;
const SLUG = "five-megabytes";
const FILES = 100;

/** Says in a header what the door took, without loading WordPress, and what the probes took of that. */
const METER = `<?php
final class Meter {
	private static $since;
	private static $asking;
	private static $probes = 0;
	private static function cpu() {
		$now = getrusage();
		return $now['ru_utime.tv_sec'] + $now['ru_stime.tv_sec'] + ( $now['ru_utime.tv_usec'] + $now['ru_stime.tv_usec'] ) / 1e6;
	}
	public static function begin( $reply ) {
		self::$since = array( hrtime( true ), self::cpu() );
		return $reply;
	}
	public static function asks( $args, $url ) {
		self::$asking = self::cpu();
		return $args;
	}
	public static function has_asked( $reply, $context, $class, $args, $url ) {
		self::$probes += false === strpos( $url, 'countersign_probe' ) ? 0 : self::cpu() - self::$asking;
	}
	public static function end( $reply ) {
		$wall = ( hrtime( true ) - self::$since[0] ) / 1e9;
		$cpu  = self::cpu() - self::$since[1];
		$reply->header( 'X-Cost', wp_json_encode( array( 'wall' => $wall, 'cpu' => $cpu - self::$probes, 'probesCpu' => self::$probes ) ) );
		return $reply;
	}
}
add_filter( 'rest_pre_dispatch', array( 'Meter', 'begin' ), -1000 );
add_filter( 'http_request_args', array( 'Meter', 'asks' ), -1000, 2 );
add_action( 'http_api_debug', array( 'Meter', 'has_asked' ), 1000, 5 );
add_filter( 'rest_post_dispatch', array( 'Meter', 'end' ) );
`;

const versionOf = (round: number) => `1.${round}`;
const blob = randomBytes(50 * 1024);

/** A hundred files of 50 KiB that do not shrink, as in a plugin with pictures. */
function filesOf(version: string): [string, string | Uint8Array][] {
  const main = `<?php\n/* Plugin Name: Five\n * Version: ${version}\n */\n`;
  const data = Array.from({ length: FILES }, (_, index): [string, Uint8Array] => [
    `${SLUG}/data/${index}.bin`,
    Buffer.concat([Buffer.from(version), blob]),
  ]);
  return [[`${SLUG}/${SLUG}.php`, main], ...data];
}
const packageAt = (version: string): Buffer =>
  zipOf(filesOf(version).map(([name, text]) => ({ name, text })));
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

if (LANE !== "native") {
  console.error("There is no native PHP here: nothing was measured.");
  process.exit(2);
}
const packages = await startPackageServer();
const site = await startSite({
  packageOrigin: packages.origin,
  plugins: { [`${SLUG}/${SLUG}.php`]: filesOf("1.0")[0]?.[1].toString() ?? "" },
});
const cp = new ControlPlane(site);
try {
  await cp.pair();
  writeFileSync(path.join(site.dir, "wp-content/mu-plugins/meter.php"), METER);
  const zips = Array.from({ length: ROUNDS * 2 + 1 }, (_, round) => packageAt(versionOf(round)));
  const first = zips[0] ?? Buffer.alloc(0);
  await bare(first);
  const bares: Cost[] = [];
  const actions: (z.infer<typeof Metered> & { probes: number })[] = [];
  for (let round = 1; round <= ROUNDS * 2; round += 2) {
    bares.push(await bare(zips[round] ?? first));
    actions.push(await signed(versionOf(round), versionOf(round + 1), zips[round + 1] ?? first));
  }
  const cpu = median(actions.map((one) => one.cpu)) - median(bares.map((one) => one.cpu));
  const wall =
    median(actions.map((one) => one.wall - one.probes)) - median(bares.map((one) => one.wall));
  const opensslPerSecond = openssl();
  const verifyPerSecond = Number(await site.runPhp(verifying(await cp.query("hello"))));
  const report = {
    bareUpgrader: {
      wall: median(bares.map((one) => one.wall)),
      cpu: median(bares.map((one) => one.cpu)),
    },
    action: {
      wall: median(actions.map((one) => one.wall)),
      cpu: median(actions.map((one) => one.cpu)),
    },
    probes: {
      wall: median(actions.map(({ probes }) => probes)),
      cpu: median(actions.map(({ probesCpu }) => probesCpu)),
    },
    addedCpuSeconds: Number(cpu.toFixed(3)),
    addedWallSeconds: Number(wall.toFixed(3)),
    load: loadavg()[0],
    verifyPerSecond: Math.round(verifyPerSecond),
    opensslPerSecond,
    verifyRatio: Number((verifyPerSecond / opensslPerSecond).toFixed(2)),
    limits: LIMITS,
  };
  console.log(JSON.stringify(report, null, 2));
  const fine = cpu <= LIMITS.addedSeconds && report.verifyRatio >= LIMITS.verifyRatio;
  process.exitCode = fine ? 0 : 1;
} finally {
  await site.close();
  await packages.close();
}

/** PHP that runs statements between two looks at the clocks, and leaves `$cost`. */
function timed(code: string): string {
  return `
    $used  = static fn( $now ) => $now['ru_utime.tv_sec'] + $now['ru_stime.tv_sec'] + ( $now['ru_utime.tv_usec'] + $now['ru_stime.tv_usec'] ) / 1e6;
    $cpu   = $used( getrusage() );
    $start = hrtime( true );
    ${code}
    $cost = array( 'wall' => ( hrtime( true ) - $start ) / 1e9, 'cpu' => $used( getrusage() ) - $cpu );`;
}

/** What WordPress's own upgrader takes for this package, without loading WordPress. */
async function bare(zip: Buffer): Promise<Cost> {
  const file = path.join(site.dir, "..", "bare.zip");
  writeFileSync(file, zip);
  const printed = await site.runPhp(`
    require_once ABSPATH . 'wp-admin/includes/admin.php';
    require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
    ob_start();
    ${timed(`Countersign\\Change\\Core_Hooks::without( static fn() => ( new Plugin_Upgrader( new Automatic_Upgrader_Skin() ) )->install( '${file}', array( 'overwrite_package' => true ) ) );`)}
    ob_end_clean();
    echo json_encode( $cost );`);
  return Cost.parse(JSON.parse(printed));
}

/** What the door takes for a whole action, from the message to the receipt. */
async function signed(
  from: string,
  to: string,
  zip: Buffer,
): Promise<z.infer<typeof Metered> & { probes: number }> {
  const fields = { from, to, package: packageOf(packages, SLUG, to, zip) };
  const plan = planText([step("plugin.update", `plugins/${SLUG}`, fields)]);
  const { pre } = await cp.readiness(plan);
  const reply = await fetch(`${site.url}/?rest_route=/countersign/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(await cp.message(cp.authorise({ plan, pre }))),
  });
  const body = Body.parse(await reply.json());
  const { claims, detail } = cp.open("receipt", { status: reply.status, body });
  if (claims.out !== "applied") throw new Error(`the update ended as ${claims.out}`);
  const { before, after } = Probes.parse(detail["probes"]);
  const cost = Metered.parse(JSON.parse(reply.headers.get("x-cost") ?? "{}"));
  return { ...cost, probes: [...before, ...after].reduce((sum, { ms }) => sum + ms, 0) / 1000 };
}

/** PHP that prints how often a second it verifies one token, with everything that belongs to it. */
function verifying(message: Readonly<Record<string, string>>): string {
  const text = Buffer.from(JSON.stringify(message)).toString("base64");
  return `
    $message = json_decode( base64_decode( '${text}' ), true );
    $trust   = Countersign\\State\\Trust::load();
    $facts   = array( 'iss' => $trust->control_plane(), 'aud' => $trust->party(), 'epoch' => $trust->epoch(), 'now' => time() );
    $judge   = new Countersign\\Protocol\\Token_Verifier( $trust->keys(), $facts );
    $beside  = array( 'arg' => $message['arg'] );
    ${timed("for ( $count = 0; $count < 5000; ++$count ) { $verdict = $judge->verify( 'query', $message['token'], $beside ); }")}
    echo $verdict->is_accepted() ? $count / $cost['cpu'] : 'refused ' . $verdict->reason;`;
}

/** Ed25519 verifications a second, as the openssl program measures them. */
function openssl(): number {
  const args = ["speed", "-seconds", "2", "ed25519"];
  const { stdout } = spawnSync("openssl", args, { encoding: "utf8" });
  return Number(/Ed25519.*\s([\d.]+)\s*$/mu.exec(stdout)?.[1]);
}
