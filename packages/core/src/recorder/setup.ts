import type { JobAttributes } from "@jobtrail/conventions";
import { askedAttributes, nothing } from "../ambient.ts";
import type { Asked } from "../ambient.ts";
import { layerOf } from "../event/layer.ts";
import type { Layer } from "../event/layer.ts";
import { fits } from "../event/value.ts";
import type { Known } from "./compose.ts";
import type { Definition } from "./definition.ts";
import type { Chosen } from "./options.ts";
import type { Output } from "./output.ts";

/** What a recorder works with. */
export interface Setup {
  readonly options: Chosen;
  /** Writes to the sink as it is now. */
  readonly output: () => Output;
  /** What is known before an event says anything. @param isAsking whether the service asks, where nobody else does. */
  known(definition: Definition, by: Asked, isAsking: boolean): Known;
}

/** Makes the setup of a recorder. */
export function setupOf(options: Chosen, output: () => Output): Setup {
  const { tenant, service } = options;
  const always: JobAttributes = tenant === undefined ? nothing : { "job.tenant.id": tenant };
  const self: JobAttributes =
    service === undefined ? always : { ...always, "job.actor.type": "service", "job.actor.id": service };
  const [alone, serving] = [asking(always), asking(self)];
  return {
    options,
    output,
    known(definition, by, isAsking) {
      const asked = askedAttributes(by);
      const made =
        asked === nothing ? (isAsking ? serving : alone) : asking({ ...(isAsking ? self : always), ...asked });
      const { layer, fits: fitting } = made;
      return { definition, asking: layer, lasting: undefined, phrases: definition.phrases, fits: fitting };
    },
  };
}

/** What is said of who asks, and whether it fits as it is. Many records have it. */
function asking(attributes: JobAttributes): { readonly layer: Layer | undefined; readonly fits: boolean } {
  if (attributes === nothing) return { layer: undefined, fits: true };
  const layer = layerOf(attributes);
  layer.isShared = true;
  return { layer, fits: layer.keys.every((key, i) => fits(key, layer.values[i])) };
}
