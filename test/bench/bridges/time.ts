/** When the first record of the bench happened, in milliseconds. */
export const began: number = Date.parse("2026-01-01T00:00:00Z");

/** How far its records are apart. */
export const apartMs = 5000;
