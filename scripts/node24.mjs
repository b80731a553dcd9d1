// The project runs on Node 24 (node:sqlite, type stripping, safe Ed25519 verification). `npm ci` installs it into
// node_modules/.bin; with --ignore-scripts that silently does not happen, so every script asks here first.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 10)) {
  console.error(
    `Countersign needs Node 24.10 or later, and this is Node ${process.versions.node} (${process.execPath}).\n` +
      "Run `npm ci` without --ignore-scripts: it installs Node 24 into node_modules/.bin, which `npm run` uses.",
  );
  process.exit(2);
}
