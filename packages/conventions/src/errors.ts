/** The errors of settings. None of them ends an app: each is one line. */
export const catalogue = {
  JOBTRAIL_SETTING_INVALID: ({ setting, found, expected, instead }: Setting): string =>
    `${setting} is ${found}; expected ${expected}. ${instead}`,
} as const;

interface Setting {
  /** The variable, or the option in code. */
  readonly setting: string;
  readonly found: string;
  readonly expected: string;
  /** The value that is used instead. */
  readonly instead: string;
}
