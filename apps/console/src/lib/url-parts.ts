export interface UrlPart {
  readonly text: string
  readonly isUrl: boolean
}

/** What ends a sentence or a bracket around a URL is not of it. */
const url = /\bhttps?:\/\/[^\s"'<>]*[^\s"'<>.,;:!?)\]]/g

/** A text apart by the URLs in it; put together again it is the same text. */
export function urlParts(text: string): readonly UrlPart[] {
  const parts: UrlPart[] = []
  let end = 0
  for (const { 0: found, index } of text.matchAll(url)) {
    if (index > end) parts.push({ text: text.slice(end, index), isUrl: false })
    parts.push({ text: found, isUrl: true })
    end = index + found.length
  }
  if (end < text.length) parts.push({ text: text.slice(end), isUrl: false })
  return parts
}
