import { readFileSync, statSync } from "node:fs";
import { isCredentialFault, readCredentials } from "@jobtrail/joblog";
import type { Credentials } from "@jobtrail/joblog";
import { parse, YAMLParseError } from "yaml";
import { failure, reasonOf } from "./errors.ts";

/**
 * Reads a file of credentials, in YAML or JSON. Nobody else on the machine may read it.
 * @throws CatalogueError with what is wrong and how to mend it; no value of the file is repeated.
 */
export function credentialsIn(file: string): Credentials {
  const text = textOf(file);
  if (process.platform !== "win32") {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0) throw failure("JOBTRAIL_CREDENTIALS_OPEN", { name: file, mode: mode.toString(8) });
  }
  const credentials = readCredentials(valueIn(text, file));
  if (isCredentialFault(credentials)) throw failure("JOBTRAIL_CREDENTIALS_INVALID", { name: file, ...credentials });
  return credentials;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw failure("JOBTRAIL_INPUT_UNREADABLE", { name: file, reason: reasonOf(cause) }, { cause });
  }
}

// The parser's own message shows the line, which may hold a secret.
function valueIn(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
    throw failure("JOBTRAIL_CREDENTIALS_INVALID", {
      name: file,
      path: line === undefined ? "the file" : `line ${line}`,
      expected: "expected YAML or JSON",
    });
  }
}
