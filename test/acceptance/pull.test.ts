/**
 * A host that lets nothing in: the firewall of a real WordPress answers every message of ours by
 * 403. What the App wants of the site leaves with the acks of its beats, and comes back by them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  conclusion,
  expectLivePage,
  firstSite,
  outcomeOf,
  versionOnDisk,
} from "../../sandbox/look.ts";
import { proposeVersion } from "../../sandbox/story.ts";
import { readingTime, until } from "../../sandbox/until.ts";
import { startWorld, type World } from "../../sandbox/world.ts";
import { startSites } from "../support/world-sites.ts";

/** Closes the door before it is reached, and writes down what the site itself sends. */
const firewall = `<?php
add_filter( 'rest_pre_dispatch', static function ( $answer, $server, $request ) {
	if ( 0 !== strpos( $request->get_route(), '/countersign/' ) ) {
		return $answer;
	}
	file_put_contents( WP_CONTENT_DIR . '/kept-out.txt', "x\\n", FILE_APPEND );
	return new WP_Error( 'closed', 'closed', array( 'status' => 403 ) );
}, 99, 3 );
add_action( 'http_api_debug', static function ( $answer, $context, $class, $arguments, $url ) {
	if ( false !== strpos( $url, '/countersign/v1/messages' ) ) {
		file_put_contents( WP_CONTENT_DIR . '/sent.txt', $arguments['body'] . "\\n", FILE_APPEND );
	}
}, 10, 5 );
`;

let world: World;
beforeAll(async () => {
  world = await startWorld({ startSites });
  await beat(); // Readiness asks for one, and the door is open for the last time.
  writeFileSync(path.join(content(), "mu-plugins/firewall.php"), firewall);
});
afterAll(() => world.close());

const content = () => path.join(firstSite(world).dir, "wp-content");
const linesOf = (name: string) =>
  readFileSync(path.join(content(), name), "utf8").trimEnd().split("\n");

/** One run of the site's own cron. */
async function beat(): Promise<void> {
  const { code, stderr } = await firstSite(world).cli(["countersign", "heartbeat"]);
  expect([code, stderr]).toEqual([0, ""]);
}
/** What the site sent since `from`: the kind, with the texts beside it. */
const sent = (from = 0) =>
  linesOf("sent.txt")
    .slice(from)
    .map((line) => {
      const { token, ...texts }: Record<string, string> = JSON.parse(line);
      const header = Buffer.from(token?.split(".")[0] ?? "", "base64url").toString();
      const kind = /"typ":"cs-([a-z]+)\+jwt"/u.exec(header)?.[1];
      return [kind, ...Object.keys(texts).toSorted()].join(" ");
    });

describe("a site that cannot be reached", () => {
  it("brings its readiness, fetches its action and tells the receipt by its own beats", async () => {
    const { people } = world;
    const pull = await proposeVersion(world, { from: "1.0", version: "1.1" });
    const checkOf = async (name: string) => conclusion(await people.checks(pull), name);
    await until("it is reviewed", async () => {
      const isShown = (await people.comments(pull)).some((one) => one.includes("countersign:plan"));
      return isShown && (await people.checks(pull)).size === 3;
    });
    expect(await checkOf("rollback")).not.toBe("success");
    await beat();
    await until("its readiness came", async () => (await checkOf("rollback")) === "success");
    await readingTime();
    await people.approve("olivia", pull);
    await until("it is approved", async () => (await checkOf("approvals")) === "success");
    const before = sent().length;
    expect((await people.merge("olivia", pull)).status).toBe(200);
    await until("it is authorised", async () => {
      const log = await people.file("tiles/000/000.jsonl", "countersign/audit");
      return log.includes('"kind":"authorised"');
    });
    expect(await versionOnDisk(world)).toBe("1.0");
    await beat();
    expect(await versionOnDisk(world)).toBe("1.1");
    await expectLivePage(world, "1.1");
    expect(await outcomeOf(world, pull)).toBe("applied");
    // The change is told with its receipt, at once, and not again.
    const [first, second] = sent(before);
    expect([first, second]).toEqual(["heartbeat", "heartbeat inventory receipts"]);
    await beat();
    expect(sent().at(-1)).toBe("heartbeat");
    expect(linesOf("kept-out.txt").length).toBeGreaterThan(0);
  });
});
