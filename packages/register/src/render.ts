import { createRequire } from "node:module";
import type { Settings } from "@jobtrail/conventions";
import { isRefusal } from "@jobtrail/core/event";
import type { Render } from "@jobtrail/core/recorder";
import type * as schemasDoor from "@jobtrail/schemas";
import { say } from "./report.ts";

/** Renders records in the schema that is asked for. The schemas are loaded only where one is. */
export function renderIn(
  { record, tenant, account }: Pick<Settings, "record" | "tenant" | "account">,
  service: string | undefined,
): Render | undefined {
  if (record === undefined) return undefined;
  const { rendererOf, schemas } = createRequire(import.meta.url)("@jobtrail/schemas") as typeof schemasDoor;
  const schema = schemas[record];
  const render = schema && rendererOf(schema, { tenant, account, service });
  return (
    render &&
    ((events) => {
      const rendering = render(events);
      if (rendering !== undefined && isRefusal(rendering))
        say(
          `record ${rendering.path}`,
          `records are not rendered as ${record}: ${rendering.path} is ${rendering.found}; expected ${rendering.expected}.`,
        );
      return rendering;
    })
  );
}
