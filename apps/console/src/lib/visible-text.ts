/** What is in a text and not seen in it. */
const unseen = [
  // Format characters: what turns around the order in which letters are drawn, spaces of no width, tags. A few are drawn.
  /(?!\u200d|[\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}])\p{Cf}/u,
  // The joiner, but where it makes one sign of several emoji.
  /(?<!(?:\p{Extended_Pictographic}|\p{Emoji_Modifier})\ufe0f?)\u200d|\u200d(?!\p{Extended_Pictographic})/u,
  // Controls but for lines and tabs; ends of lines and paragraphs that few know.
  /(?![\t\n\r])\p{Cc}|[\u2028\u2029]/u,
  // Fillers, which are letters of no shape.
  /\u034f|[\u115f\u1160]|[\u17b4\u17b5]|\u2800|\u3164|\uffa0/u,
  // Selectors of a shape, but for those of emoji.
  /[\u180b-\u180f]|[\ufe00-\ufe0d]|[\u{e0100}-\u{e01ef}]|(?<!\p{Emoji})[\ufe0e\ufe0f]/u,
]

/** A run of one of them. */
const hidden = new RegExp(`(${unseen.map(({ source }) => source).join('|')})\\1*`, 'gu')

/** What is seen, as it is, and what is not, with the name of its mark. */
export type TextPart = string | { readonly text: string; readonly name: string }

/** Nothing of this is unseen, and most text is of it: to look through it all the same takes several times as long. */
const plain = /^[\t\n\r\x20-\x7e]*$/

/** A text apart by what is seen in it. */
export function partsOf(text: string): readonly TextPart[] {
  if (plain.test(text)) return text === '' ? [] : [text]
  const parts: TextPart[] = []
  let end = 0
  for (const found of text.matchAll(hidden)) {
    if (found.index > end) parts.push(text.slice(end, found.index))
    end = found.index + found[0].length
    const count = found[0].length / found[1]!.length
    parts.push({ text: found[0], name: `${codeOf(found[1]!)}${count === 1 ? '' : `×${count}`}` })
  }
  if (end < text.length) parts.push(text.slice(end))
  return parts
}

/** For where only text can stand, a title: what is not seen stands as its code, `[U+202E]`. */
export function visibleText(text: string): string {
  return text.replace(hidden, (run, unit: string) => `[${codeOf(unit)}]`.repeat(run.length / unit.length))
}

function codeOf(unit: string): string {
  return `U+${unit.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}
