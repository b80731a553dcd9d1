import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PackageServer, startPackageServer } from "../../sandbox/packages/server.ts";
import { type Fleet, type SandboxSite, startWordPress } from "../../sandbox/wordpress/fleet.ts";

/** Stands in for the connector: a REST door that says what arrived. */
const ECHO = `<?php
/**
 * Plugin Name: Echo
 * Version: 1.0
 */
register_activation_hook( __FILE__, fn() => add_option( 'echo_activated', 'by its hook' ) );
add_action( 'wp_footer', fn() => print( '<!-- echo footer -->' ) );
add_action( 'rest_api_init', fn() => register_rest_route( 'countersign/v1', '/messages', array(
	'methods' => 'POST',
	'permission_callback' => '__return_true',
	'callback' => fn( $request ) => array(
		'bytes' => strlen( $request->get_body() ),
		'sha256' => hash( 'sha256', $request->get_body() ),
		'text' => strlen( $request->get_json_params()['text'] ),
	),
) ) );
`;

let packages: PackageServer;
let fleet: Fleet;
let pretty: SandboxSite;
let plain: SandboxSite;

beforeAll(async () => {
  packages = await startPackageServer();
  fleet = await startWordPress({
    packageOrigin: packages.origin,
    sites: [
      {
        id: "shop",
        plugins: { ...packages.filesOf("hello-countersign", "1.0"), "echo/echo.php": ECHO },
        activePlugins: ["hello-countersign/hello-countersign.php", "echo/echo.php"],
        constants: { SHOP_MOTTO: "it's \\ $here", WP_POST_REVISIONS: 3, SHOP_OPEN: true },
        phpIni: { max_execution_time: "90" },
      },
      { id: "blog", permalinks: "plain" },
    ],
  });
  [pretty, plain] = [fleet.sites[0]!, fleet.sites[1]!];
});
afterAll(async () => {
  await fleet?.close();
  await packages?.close();
});

async function visit(site: SandboxSite, address: string, init?: RequestInit) {
  const response = await fetch(site.url + address, { redirect: "manual", ...init });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const pluginFile = (site: SandboxSite, name: string) =>
  path.join(site.dir, "wp-content/plugins", name);

describe("a sandbox site", () => {
  it("shows a whole front page in the default theme, with what plugins put in the footer", async () => {
    const front = await visit(pretty, "/");
    expect(front.status).toBe(200);
    expect(front.text).toMatch(/<!-- hello-countersign 1\.0 --><p>Hello Countersign 1\.0<\/p>/);
    expect(front.text).toContain("</html>");
    expect(await pretty.runPhp("echo get_stylesheet(), ' ', get_bloginfo( 'version' );")).toBe(
      "twentytwentyfive 7.1.1",
    );
  });

  it.each([
    ["/wp-login.php", 200, "user_login"],
    ["/wp-admin/admin-ajax.php", 400, "0"],
    ["/?rest_route=/", 200, '"namespaces"'],
    ["/wp-json/", 200, '"namespaces"'],
    ["/hello-world/", 200, "Hello world!"],
    ["/no-such-page/", 404, "</html>"],
    ["/wp-includes/css/dashicons.css", 200, ".dashicons"],
  ])("answers %s with %i", async (address, status, text) => {
    const page = await visit(pretty, address);
    expect(page.status).toBe(status);
    expect(page.text).toContain(text);
  });

  it("has plain permalinks where that was asked for", async () => {
    expect((await visit(plain, "/?p=1")).text).toContain("Hello world!");
    expect(await plain.runPhp("echo get_permalink( 1 );")).toBe(`${plain.url}/?p=1`);
  });

  it("activates plugins as wp-admin does, with their activation hooks", async () => {
    expect(await pretty.runPhp("echo get_option( 'echo_activated' );")).toBe("by its hook");
    expect(await plain.runPhp("echo count( get_option( 'active_plugins' ) );")).toBe("0");
  });

  it("takes a message of 2 MiB whole", async () => {
    const text = randomBytes(1 << 20)
      .toString("hex")
      .slice(0, (2 << 20) - 11);
    const body = JSON.stringify({ text });
    expect(body.length).toBe(2 << 20);
    const { status, text: answer } = await visit(pretty, "/?rest_route=/countersign/v1/messages", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(status).toBe(200);
    const sha256 = createHash("sha256").update(body).digest("hex");
    expect(JSON.parse(answer)).toEqual({ bytes: body.length, sha256, text: text.length });
  });

  it("lets its administrator in with the password it was started with, and nobody else", async () => {
    const login = (password: string) =>
      visit(pretty, "/wp-login.php", {
        method: "POST",
        headers: { cookie: "wordpress_test_cookie=WP%20Cookie%20check" },
        body: new URLSearchParams({ log: pretty.user, pwd: password, testcookie: "1" }),
      });
    expect((await login(plain.password)).status).toBe(200);
    const { status, headers } = await login(pretty.password);
    expect(status).toBe(302);
    const cookie = headers
      .getSetCookie()
      .map((each) => each.split(";")[0])
      .join("; ");
    const admin = await visit(pretty, "/wp-admin/plugins.php", { headers: { cookie } });
    expect(admin.status).toBe(200);
    expect(admin.text).toContain("Hello Countersign");
  });

  it("keeps its database and logs where no request reaches them", async () => {
    for (const address of ["/wp-content/database/.ht.sqlite", "/../database/wordpress.sqlite"]) {
      expect((await visit(pretty, address)).status).toBe(404);
    }
    await pretty.runPhp("error_log( 'noted in the log' );");
    expect(readFileSync(pretty.debugLog, "utf8")).toContain("noted in the log");
    expect(pretty.debugLog.startsWith(pretty.dir)).toBe(false);
  });

  it("has the constants, php.ini settings and package origin it was given", async () => {
    const printed = await pretty.runPhp(
      `echo wp_json_encode( array( SHOP_MOTTO, WP_POST_REVISIONS, SHOP_OPEN, DISABLE_WP_CRON,
        COUNTERSIGN_PACKAGE_ORIGINS, ini_get( 'max_execution_time' ) ) );`,
    );
    expect(JSON.parse(printed)).toEqual(["it's \\ $here", 3, true, true, packages.origin, "90"]);
  });
});

describe("requests from inside a sandbox site", () => {
  const fetched = (site: SandboxSite, how: string, url: string) =>
    site.runPhp(`$r = ${how}( '${url}', array( 'timeout' => 20 ) );
      echo is_wp_error( $r ) ? $r->get_error_message() : wp_remote_retrieve_response_code( $r );`);

  it("reach the site itself, while it is serving one", async () => {
    expect(await fetched(pretty, "wp_remote_get", `${pretty.url}/`)).toBe("200");
    expect(await fetched(pretty, "wp_safe_remote_get", `${pretty.url}/?rest_route=/`)).toBe("200");
  });

  it("reach the package server, and what arrives opens as a zip", async () => {
    const { url, sha256 } = packages.find("hello-countersign", "1.1");
    const printed = await pretty.runPhp(`
      require_once ABSPATH . 'wp-admin/includes/file.php';
      WP_Filesystem();
      $file = download_url( '${url}' );
      if ( is_wp_error( $file ) ) { echo $file->get_error_message(); exit( 1 ); }
      $to = get_temp_dir() . 'opened';
      $opened = unzip_file( $file, $to );
      echo wp_json_encode( array( 'sha256:' . hash_file( 'sha256', $file ), $opened,
        file_get_contents( $to . '/hello-countersign/inc/greeting.php' ) ) );`);
    expect(JSON.parse(printed)).toEqual([sha256, true, "<?php // New in 1.1.\n"]);
  });

  it("do not leave the machine", async () => {
    expect(await fetched(pretty, "wp_remote_get", "http://example.com/")).toMatch(/blocked/);
  });
});

describe("the files of a sandbox site", () => {
  it("are what runs: a change on disk shows at once, as does a change from PHP on disk", async () => {
    const file = pluginFile(pretty, "hello-countersign/hello-countersign.php");
    for (const version of ["1.1", "1.0"]) {
      for (const [name, content] of Object.entries(
        packages.filesOf("hello-countersign", version),
      ).toReversed()) {
        mkdirSync(path.dirname(pluginFile(pretty, name)), { recursive: true });
        writeFileSync(pluginFile(pretty, name), content);
      }
      expect((await visit(pretty, "/")).text).toContain(`<!-- hello-countersign ${version} -->`);
    }
    await pretty.runPhp(
      `$f = WP_PLUGIN_DIR . '/hello-countersign/hello-countersign.php';
       file_put_contents( $f, str_replace( '1.0 -->', '1.0x -->', file_get_contents( $f ) ) );`,
    );
    expect(readFileSync(file, "utf8")).toContain("1.0x -->");
    expect((await visit(pretty, "/")).text).toContain("<!-- hello-countersign 1.0x -->");
  });

  it("are its own: nothing of one site reaches another, core included", async () => {
    expect(existsSync(pluginFile(plain, "echo/echo.php"))).toBe(false);
    const core = (site: SandboxSite) => path.join(site.dir, "wp-includes/version.php");
    const before = readFileSync(core(plain), "utf8");
    await pretty.runPhp(
      "file_put_contents( ABSPATH . 'wp-includes/version.php', '// x', FILE_APPEND );",
    );
    expect(readFileSync(core(pretty), "utf8")).toBe(`${before}// x`);
    expect(readFileSync(core(plain), "utf8")).toBe(before);
    expect(await plain.runPhp("echo get_option( 'home' ), ' ', get_option( 'blogname' );")).toBe(
      `${plain.url} blog`,
    );
  });
});

describe("a command for a sandbox site", () => {
  it("fails with PHP's own reason when PHP fails", async () => {
    const failing = pretty.runPhp("no_such_function();");
    await expect(failing).rejects.toThrow(/undefined function no_such_function\(\)/);
    await expect(pretty.runPhp("exit( 3 );")).rejects.toThrow("exit code 3");
  });

  it("can be wp-cli's, with its exit code and both outputs", async () => {
    const version = await pretty.cli(["plugin", "get", "hello-countersign", "--field=version"]);
    expect(version).toMatchObject({ code: 0, stdout: "1.0\n" });
    const unknown = await pretty.cli(["nonsense"]);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("'nonsense' is not a registered wp command");
  });
});
