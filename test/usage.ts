/** Ends a program that was not called as it wants. */
export type Refuse = (reason: string) => never;

/** What says why, and then how the program is called. */
export const refuseWith =
  (help: string): Refuse =>
  (reason) => {
    console.error(`${reason}\n\n${help}`);
    process.exit(2);
  };

/** The number that an option gives. */
export const wholeNumberOr =
  (refuse: Refuse) =>
  (name: string, text: string): number =>
    /^[1-9]\d*$/.test(text) ? Number(text) : refuse(`--${name} is "${text}"; expected a whole number from 1.`);
