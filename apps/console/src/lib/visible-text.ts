/** What turns around the order in which the letters after it are drawn: embeddings, overrides and isolates, with their ends. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/g

/** A payload as one sees it: what would draw it in another order than it is sent stands as its code, `[U+202E]`. */
export function visibleText(text: string): string {
  return text.replace(DIRECTION, (unit) => `[U+${unit.charCodeAt(0).toString(16).toUpperCase()}]`)
}
