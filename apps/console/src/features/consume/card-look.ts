/** A card's number and hue, so that its rows are found in the merged list. The hues are those of code, not of brokers. */
const looks = [
  { mark: 'bg-syn-key', edge: 'border-l-syn-key' },
  { mark: 'bg-syn-number', edge: 'border-l-syn-number' },
  { mark: 'bg-syn-literal', edge: 'border-l-syn-literal' },
  { mark: 'bg-syn-string', edge: 'border-l-syn-string' },
] as const

export function cardLook(index: number): (typeof looks)[number] {
  return looks[index % looks.length]!
}
