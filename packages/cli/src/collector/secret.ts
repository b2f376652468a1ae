import { placesIn } from "./config.ts";
import type { Config } from "./config.ts";
import { expanded, variablesOf } from "./variable.ts";
import type { Environment } from "./variable.ts";

/** Shorter values are no secrets, and words of any answer. */
const shortest = 6;

/**
 * Replaces what may be secret by the variable's name. That is each value outside an address, and of an address the
 * part after the host: of some backends that is the secret.
 */
export function redactor(config: Config, env: Environment): (text: string) => string {
  const secrets = [...valuesIn(config, env), ...logins(config, env)]
    .filter(([value]) => value.length >= shortest)
    .toSorted(([a], [b]) => b.length - a.length);
  return (text) => secrets.reduce((left, [value, name]) => left.replaceAll(value, name), text);
}

const valuesIn = (config: Config, env: Environment): [value: string, name: string][] =>
  variablesOf(config).flatMap(({ name, places, defaults }) => {
    const value = env[name];
    // A port or a folder is none; what has no default may be one.
    if (value === undefined || (defaults.length > 0 && !/TOKEN|KEY|SECRET|PASSWORD|DSN/i.test(name))) return [];
    if (!places.every(({ path }) => (path.at(-1) ?? "").endsWith("endpoint"))) return [[value, `\${${name}}`]];
    const { pathname = "", search = "" } = URL.parse(value) ?? {};
    return [[`${pathname}${search}`, `/\${${name}}`]];
  });

/** A name and a password go out as base64 of both. */
const logins = (config: Config, env: Environment): [value: string, name: string][] =>
  placesIn(config.extensions).flatMap(({ path, text }) => {
    if (path.at(-1) !== "password") return [];
    const user = placesIn(config.extensions).find(
      (each) => each.path.join() === [...path.slice(0, -1), "username"].join(),
    );
    const both = `${expanded(user?.text ?? "", env)}:${expanded(text, env)}`;
    return [[Buffer.from(both).toString("base64"), "${login}"]];
  });
