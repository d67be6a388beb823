/**
 * Something from outside is wrong (a file, a URL, a pack, a device). The message is one sentence for the person:
 * what is wrong, and what to do. Anything else that is thrown is a fault of ours.
 */
export class UserError extends Error {
  override name = 'UserError';
  /**
   * @param message what is wrong and what to do, as shown on the page
   * @param subject what it is about, if that helps to place the message: a file's name, a field's path
   */
  constructor(
    message: string,
    readonly subject?: string,
  ) {
    super(message);
  }
}
