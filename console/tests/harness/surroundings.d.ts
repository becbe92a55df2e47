// What the tests use of Node. Its own declarations would be two more packages.

declare module "node:*";

declare const process: {
  argv: string[];
  env: Record<string, string | undefined>;
  exitCode: number | undefined;
  execPath: string;
  pid: number;
  exit(code?: number): never;
  stdin: { on(event: string, listener: () => void): void; resume(): void; unref(): void };
  stdout: { write(text: string): void };
};

declare namespace axe {
  function run(options: object): Promise<import("axe-core").AxeResults>;
}
