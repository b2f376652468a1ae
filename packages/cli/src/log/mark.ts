/** Where a long command is, on a terminal; nothing where nobody sees it. */
export interface Mark {
  readonly show: (text: string) => void;
  readonly clear: () => void;
}

const everyMs = 100;

/** A line that is written over by the next. */
export function mark({ stderr }: Pick<NodeJS.Process, "stderr"> = process): Mark {
  const isSeen = stderr.isTTY;
  let shown = 0;
  return {
    show(text) {
      if (!isSeen || Date.now() - shown < everyMs) return;
      shown = Date.now();
      stderr.write(`\r${text}\u001B[K`);
    },
    clear() {
      if (shown > 0) stderr.write("\r\u001B[K");
      shown = 0;
    },
  };
}
