/** An error that the user can fix: the command prints its message and nothing else. */
export class Fault extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Fault";
  }
}
