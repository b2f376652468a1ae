import type { z } from "zod";
import { bcaConfig, bcaExample, openBca } from "./better-content-archiving.ts";
import { devoConfig, devoExample, openDevo } from "./devo/index.ts";
import { harperConfig, harperExample, openHarperdb } from "./harperdb.ts";
import { openProductLive, productLiveConfig, productLiveExample } from "./product-live/index.ts";
import { openQlik, qlikConfig, qlikExample } from "./qlik/index.ts";
import type { Opened, Surroundings } from "./source.ts";

/** A system that can be bridged. */
export interface System<Config = unknown> {
  /** The shape of its configuration. */
  readonly config: z.ZodType<Config>;
  /** A configuration to begin with. */
  readonly example: string;
  readonly open: (config: Config, around: Surroundings) => Opened;
}

/** Keeps a system's configuration and its opening together. */
const system = <Config>(config: z.ZodType<Config>, example: string, open: System<Config>["open"]): System =>
  ({ config, example, open }) as unknown as System;

/** All systems, by their names. */
export const systems: Readonly<Record<string, System>> = {
  "better-content-archiving": system(bcaConfig, bcaExample, openBca),
  devo: system(devoConfig, devoExample, openDevo),
  harperdb: system(harperConfig, harperExample, openHarperdb),
  "product-live": system(productLiveConfig, productLiveExample, openProductLive),
  qlik: system(qlikConfig, qlikExample, openQlik),
};
