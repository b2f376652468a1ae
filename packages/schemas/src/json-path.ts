import { cut } from "@jobtrail/core/event";

/** A path as people write it: `data.blocks[2].type`, `["TimeGenerated [UTC]"]`. */
export function pathOf(keys: readonly PropertyKey[]): string {
  const text = keys.map(stepOf).join("");
  return text === "" ? "record" : cut(text.startsWith(".") ? text.slice(1) : text, 256);
}

const stepOf = (key: PropertyKey): string =>
  typeof key === "number"
    ? `[${key}]`
    : /^[A-Za-z_$][\w$]*$/.test(String(key))
      ? `.${String(key)}`
      : `[${JSON.stringify(String(key))}]`;
