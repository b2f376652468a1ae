import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { credentialsIn } from "../src/credentials.ts";

const folder = mkdtempSync(join(tmpdir(), "jobtrail-credentials-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with a text, that only its owner may read unless another mode is given. */
function file(text: string, mode = 0o600): string {
  const path = join(folder, "credentials.yaml");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const messageOf = (path: string): string => {
  try {
    credentialsIn(path);
    return "no error";
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(path, "FILE") : String(error);
  }
};

test("a file of credentials says who may ask in which way, and for which jobs", () => {
  const given = credentialsIn(
    file(`harperdb:
  - { user: auditor, password: "p", super_user: true }
devo:
  - { key: k, secret: s, scope: { queue: mail } }
qlik:
  - { token: t, scope: { tenant: acme } }
`),
  );
  expect(given).toEqual({
    harperdb: [{ user: "auditor", password: "p", super_user: true, scope: {} }],
    devo: [{ key: "k", secret: "s", scope: { queue: "mail" } }],
    "product-live": [],
    qlik: [{ token: "t", scope: { tenant: "acme" } }],
    "better-content-archiving": [],
  });
});

test("a file that others may read, that is not there or that is wrong is refused, and no secret is repeated", () => {
  const messages = [
    messageOf(file("qlik: []", 0o644)),
    messageOf(join(folder, "none.yaml")),
    messageOf(file("qlik: [{ token: 'hunter 2' }]")),
    messageOf(file("devo: [{ key: hunter2 }]")),
    messageOf(file("harperdb: [{ user: u, password: hunter2, super: true }]")),
    messageOf(file("harper: []")),
    messageOf(file("qlik: [{ token: hunter2")),
    messageOf(file("hunter2")),
  ];
  expect(messages.join("\n")).not.toContain("hunter");
  expect(messages.map((message) => message.replace(join(folder, "none.yaml"), "FILE"))).toMatchInlineSnapshot(`
    [
      "JOBTRAIL_CREDENTIALS_OPEN: FILE can be read by other users of this machine (mode 644). Run chmod 600 FILE.",
      "JOBTRAIL_INPUT_UNREADABLE: FILE cannot be read: ENOENT: no such file or directory, open 'FILE'.",
      "JOBTRAIL_CREDENTIALS_INVALID: FILE: qlik.0.token is wrong: expected a token without blanks. The page docs/asking.md shows a whole file.",
      "JOBTRAIL_CREDENTIALS_INVALID: FILE: devo.0 is wrong: expected a key with its secret, or a token. The page docs/asking.md shows a whole file.",
      "JOBTRAIL_CREDENTIALS_INVALID: FILE: harperdb.0 is wrong: Unrecognized key: "super". The page docs/asking.md shows a whole file.",
      "JOBTRAIL_CREDENTIALS_INVALID: FILE: the file is wrong: Unrecognized key: "harper". The page docs/asking.md shows a whole file.",
      "JOBTRAIL_CREDENTIALS_INVALID: FILE: line 1 is wrong: expected YAML or JSON. The page docs/asking.md shows a whole file.",
      "JOBTRAIL_CREDENTIALS_INVALID: FILE: the file is wrong: Invalid input: expected object, received string. The page docs/asking.md shows a whole file.",
    ]
  `);
});
