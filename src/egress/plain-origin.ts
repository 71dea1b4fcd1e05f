const plain = /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?(?=[/?]|$)/;

/**
 * The part of an endpoint that says who is called, where it can be told without parsing: scheme, host and
 * port in lower case, without anything that a parser of URLs would change or leave out.
 *
 * @returns undefined for any other endpoint
 */
export function plainOrigin(endpoint: string): string | undefined {
  return plain.exec(endpoint)?.[0];
}
