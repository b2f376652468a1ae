import { expect, test } from "vitest";
import { chosenIn, configOf, systems } from "../src/index.ts";

const examples = Object.values(systems)
  .map(({ example }) => example)
  .join("");

/** A value for each variable that the examples name. */
const variables = Object.fromEntries(
  [...examples.matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => [name, "a-value-of-32-characters-at-least"]),
);

test("the example of each system is a configuration that can be used", () => {
  const { bridges } = configOf("bridge.yaml", examples, variables);
  expect(bridges.map(({ system }) => system).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(Object.keys(systems));
});

test("bridges are chosen by system or name, and what is none is said", () => {
  const config = configOf("bridge.yaml", examples, variables);
  expect(chosenIn(config, "bridge.yaml", ["node-1", "qlik"]).map(({ name }) => name)).toEqual(["node-1", "qlik"]);
  expect(() => chosenIn(config, "bridge.yaml", ["mysql"])).toThrow(
    "JOBTRAIL_BRIDGE_CONFIG: bridge.yaml: mysql is wrong: it has no bridge of this name. See jobtrail bridge --example.",
  );
});

test.each([
  ["devo: { url: https://h/search }", "devo is wrong: expected a token, or key and secret"],
  ["qlik: { url: https://h }", "qlik is wrong: expected an apiKey, the secret of a webhook, or both"],
  ["qlik: { url: https://h, secret: short }", "qlik.secret is wrong: expected a secret of 32 to 64 characters"],
  ["product-live: {}", "product-live is wrong: expected an apiKey, a folder with exported rows, or both"],
  [
    "better-content-archiving: { folder: x, timeZone: Mars }",
    "better-content-archiving.timeZone is wrong: expected a zone such as Europe/Budapest, UTC or +01:00",
  ],
  ["harperdb: { url: ftp://h }", "harperdb.url is wrong: expected an https:// address"],
  [
    "harperdb: [{ url: https://a, name: x }, { url: https://b, name: x }]",
    "harperdb[1].name is wrong: another bridge has this name",
  ],
])("%s is refused with its path", (yaml, fault) => {
  expect(() => configOf("bridge.yaml", yaml, {})).toThrow(
    `JOBTRAIL_BRIDGE_CONFIG: bridge.yaml: ${fault}. See jobtrail bridge --example.`,
  );
});
