/** Takes the README's picture of the page. */
export async function picture(root: string): Promise<void> {
  throw new Error(`being written for ${root}`);
}
