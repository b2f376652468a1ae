import { scalarsIn } from "./config.ts";
import type { Config } from "./config.ts";
import { expanded, variablesOf } from "./variable.ts";
import type { Environment } from "./variable.ts";

/** Shorter values are not secrets, and occur in any answer. */
const shortest = 6;

/**
 * Replaces secrets by the variable's name: each value that is not an address, and of an address the
 * part after the host, which is the secret of some backends.
 */
export function redactor(config: Config, env: Environment): (text: string) => string {
  const secrets = [...valuesIn(config, env), ...logins(config, env)]
    .filter(([value]) => value.length >= shortest)
    .toSorted(([a], [b]) => b.length - a.length);
  return (text) => secrets.reduce((left, [value, name]) => left.replaceAll(value, name), text);
}

const valuesIn = (config: Config, env: Environment): [value: string, name: string][] =>
  variablesOf(config).flatMap(({ name, uses, defaults }) => {
    const value = env[name];
    // A variable with a default holds a port or a folder; one without may be a secret.
    if (value === undefined || (defaults.length > 0 && !/TOKEN|KEY|SECRET|PASSWORD|DSN/i.test(name))) return [];
    if (!uses.every(({ path }) => (path.at(-1) ?? "").endsWith("endpoint"))) return [[value, `\${${name}}`]];
    const { pathname = "", search = "" } = URL.parse(value) ?? {};
    return [[`${pathname}${search}`, `/\${${name}}`]];
  });

/** Basic authentication sends the user name and password as base64. */
const logins = (config: Config, env: Environment): [value: string, name: string][] =>
  scalarsIn(config.extensions).flatMap(({ path, text }) => {
    if (path.at(-1) !== "password") return [];
    const user = scalarsIn(config.extensions).find(
      (each) => each.path.join() === [...path.slice(0, -1), "username"].join(),
    );
    const both = `${expanded(user?.text ?? "", env)}:${expanded(text, env)}`;
    return [[Buffer.from(both).toString("base64"), "${login}"]];
  });
