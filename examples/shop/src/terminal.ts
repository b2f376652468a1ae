/** What the demo shows while it works: one line that changes on a terminal, one line per change elsewhere. */
export interface Progress {
  say(line: string): void;
  /** Shows how far it is; the same text is not shown twice. */
  show(text: string): void;
}

/** Progress on standard error, so that standard output is for the result alone. */
export function progress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let shown = "";
  const clear = (): void => {
    if (stream.isTTY && shown !== "") stream.write("\r\u001B[K");
  };
  return {
    say(line) {
      clear();
      stream.write(`${line}\n`);
      if (stream.isTTY && shown !== "") stream.write(shown);
    },
    show(text) {
      if (text === shown) return;
      clear();
      stream.write(stream.isTTY ? text : `${text}\n`);
      shown = text;
    },
  };
}
