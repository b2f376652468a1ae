/** What is wrong with settings. None of these ends an app: each is one line. */
export const catalogue = {
  JOBTRAIL_SETTING_INVALID: ({ setting, found, expected, instead }: Setting): string =>
    `${setting} is ${found}; expected ${expected}. ${instead}`,
} as const;

interface Setting {
  /** The variable, or the option in code. */
  readonly setting: string;
  readonly found: string;
  readonly expected: string;
  /** What holds in its place. */
  readonly instead: string;
}
