/**
 * A text without the characters that nobody sees and that pages put beside times and numbers: marks of the direction
 * of writing, joiners, byte order marks.
 */
export const visible = (text: string): string => (unseen.test(text) ? text.replaceAll(allUnseen, "") : text);

const unseen = /[\u00AD\u061C\u200B-\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/;
const allUnseen = new RegExp(unseen, "g");
