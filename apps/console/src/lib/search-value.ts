/**
 * A search parameter as JSON, as the router writes it. A number typed into an address that would not come out as it went in, as
 * `9007199254740993` or `1.10`, is no number here but that text: it may be a key. Throws for text.
 */
export function readSearchValue(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'number' && String(value) !== text) throw new SyntaxError(`${text} would become ${value}`)
  return value
}
