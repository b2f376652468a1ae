import type { Vendor } from "./row.ts";
import { servers } from "./servers.ts";
import { services } from "./services.ts";

/** Each backend that is sent to in a test, with what its vendor's document says; the overlay's header names it. */
export const vendors: readonly Vendor[] = [...services, ...servers];
