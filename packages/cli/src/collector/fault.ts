/** What a user can mend: its message is all that is said of it. */
export class Fault extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Fault";
  }
}
