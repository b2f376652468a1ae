/** What a conversion has of its process, so that another process can run one too. */
export interface Host {
  readonly stdin: AsyncIterable<Buffer> & Terminal & { destroy(): unknown };
  readonly stdout: NodeJS.WritableStream & Terminal;
  readonly stderr: NodeJS.WritableStream & Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  exitCode?: number | string | null | undefined;
}

interface Terminal {
  readonly isTTY?: boolean | undefined;
  /** The number of the file, where it is one of the process. */
  readonly fd?: number | undefined;
}
