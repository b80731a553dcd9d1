/**
 * PHP instances share files on the host, but each keeps the names that it has seen, and
 * `file_exists` believes them: a file that another instance deleted would still be there. Real
 * hosts have one file system, so a kept name is looked up on the host again.
 */
import { lstatSync } from "node:fs";

interface FsNode {
  readonly mode: number;
  readonly mount: { readonly type: unknown };
}
interface FileSystem {
  readonly filesystems: { readonly NODEFS: { realPath(node: FsNode): string } };
  lookupNode(parent: FsNode, name: string): FsNode;
  lookup(parent: FsNode, name: string): FsNode;
  destroyNode(node: FsNode): void;
}
/** The part of an Emscripten module that a `preRun` step sees. */
export interface PhpModule {
  readonly FS: FileSystem;
}

const FORMAT = 0o170_000;
const REGULAR_FILE = 0o100_000;

export function forgetDeletedFiles({ FS }: PhpModule): void {
  const { NODEFS } = FS.filesystems;
  const lookupNode = FS.lookupNode.bind(FS);
  FS.lookupNode = (parent, name) => {
    const node = lookupNode(parent, name);
    const isHostFile = (node.mode & FORMAT) === REGULAR_FILE && node.mount.type === NODEFS;
    if (!isHostFile) return node;
    if (lstatSync(NODEFS.realPath(node), { throwIfNoEntry: false }) !== undefined) return node;
    FS.destroyNode(node);
    return FS.lookup(parent, name);
  };
}
