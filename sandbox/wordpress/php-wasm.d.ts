/**
 * The part of PHP-as-WebAssembly that the sandbox uses, declared here because these packages
 * live in sandbox/node_modules, which a type check of a fresh clone does not have yet.
 */
declare module "@php-wasm/universal" {
  export interface MountHandler {
    readonly kind?: "mount";
  }

  export interface PHPResponse {
    readonly headers: Record<string, string[]>;
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly text: string;
    readonly errors: string;
    readonly exitCode: number;
    readonly httpStatusCode: number;
  }

  export interface StreamedPHPResponse {
    readonly exitCode: Promise<number>;
    readonly stdoutText: Promise<string>;
    readonly stderrText: Promise<string>;
  }

  export class PHP {
    constructor(runtimeId: number);
    setSapiName(name: string): Promise<void>;
    mkdirTree(path: string): void;
    writeFile(path: string, data: string | Uint8Array): void;
    listFiles(path: string): string[];
    isDir(path: string): boolean;
    readFileAsBuffer(path: string): Uint8Array;
    mount(path: string, handler: MountHandler): Promise<unknown>;
    run(options: { code: string; $_SERVER?: Record<string, string> }): Promise<PHPResponse>;
    cli(
      argv: readonly string[],
      options?: { env?: Record<string, string> },
    ): Promise<StreamedPHPResponse>;
    enableRuntimeRotation(options: {
      recreateRuntime: () => Promise<number>;
      maxRequests?: number;
    }): void;
    exit(code?: number): void;
  }

  export class PHPRequestHandler {
    constructor(options: {
      documentRoot: string;
      absoluteUrl: string;
      cookieStore: false;
      maxPhpInstances: number;
      phpFactory: () => Promise<PHP>;
      getFileNotFoundAction: (path: string) => { type: "internal-redirect"; uri: string };
    });
    readonly instanceManager: {
      acquirePHPInstance(): Promise<{ php: PHP; reap: () => void }>;
    };
    request(request: {
      url: string;
      method: string;
      headers: Record<string, string>;
      body?: Uint8Array;
    }): Promise<PHPResponse>;
  }

  export class FileLockManagerInMemory {
    constructor();
    readonly kind?: "locks";
  }

  export function setPhpIniEntries(php: PHP, entries: Record<string, string>): Promise<void>;
}

declare module "@php-wasm/node" {
  import type { FileLockManagerInMemory, MountHandler } from "@php-wasm/universal";
  import type { PhpModule } from "./shared-files.ts";

  export function loadNodeRuntime(
    phpVersion: string,
    options: {
      fileLockManager: FileLockManagerInMemory;
      emscriptenOptions: {
        processId: number;
        preRun: ((module: PhpModule) => void)[];
      };
    },
  ): Promise<number>;
  export function createNodeFsMountHandler(localPath: string): MountHandler;
}
