/**
 * How well a line of the palette fits what was typed, 0 for not at all: every word has to stand in it, best at its beginning,
 * then at the beginning of a word of it. Nothing is guessed: `ord` finds orders, and not Produce.
 */
export function paletteScore(line: string, typed: string): number {
  const text = line.toLowerCase()
  let score = 1
  for (const word of typed.toLowerCase().split(/\s+/)) {
    if (word === '') continue
    const place = text.indexOf(word)
    if (place === -1) return 0
    const beginsWord = place === 0 || text.split(/[\s._-]+/).some((each) => each.startsWith(word))
    score = Math.min(score, place === 0 ? 1 : beginsWord ? 0.7 : 0.4)
  }
  return score
}

/** The lines that fit best, at most `most`; those that fit as well keep their order. */
export function bestLines(lines: readonly string[], typed: string, most: number): readonly string[] {
  return lines
    .map((line) => ({ line, score: paletteScore(line, typed) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ line }) => line)
}
