/** How brokers are told apart everywhere: a colour, a letter and a pattern by the place of the id among all ids. */
const colourCount = 8

export interface BrokerLook {
  /** 1 to 8. */
  readonly colour: number
  /** A, B, C …; after Z the letter repeats with a number. */
  readonly letter: string
}

export function sortBrokerIds(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

export function brokerLook(id: string, sortedIds: readonly string[]): BrokerLook {
  const found = sortedIds.indexOf(id)
  // One that is not in the list (gone, or before the first answer) keeps a look of its own by its name.
  const index =
    found === -1 ? [...id].reduce((sum, character) => sum + character.codePointAt(0)!, 0) % colourCount : found
  const letter = String.fromCharCode(65 + (index % 26))
  return { colour: (index % colourCount) + 1, letter: index < 26 ? letter : `${letter}${Math.floor(index / 26)}` }
}

/** `b1` for the id 1, and `north` for north: short, and never mistaken for a number of something. */
export function brokerName(id: string): string {
  return /^\d+$/.test(id) ? `b${id}` : id
}

/** `b1, b2, and b3`. */
export function brokerNames(ids: readonly string[]): string {
  return new Intl.ListFormat('en').format(ids.map(brokerName))
}
