const COLON = 0x3a
const BACKSLASH = 0x5c

/** The index of the quote that ends the string that begins at `start`: the first with an even number of backslashes before it. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1
    while (text.charCodeAt(before) === BACKSLASH) before--
    if ((end - before) % 2 === 1) return end
  }
  return text.length
}

/** Whether the string that ended before `index` is the name of a field: a colon comes after it. */
export function isName(text: string, index: number): boolean {
  const afterSpace = /[ \t\r\n]*/y
  afterSpace.lastIndex = index
  afterSpace.exec(text)
  return text.charCodeAt(afterSpace.lastIndex) === COLON
}

/**
 * Whether a field has a name that is written with an escape. V8's JSON.parse may give such a field the name of another object's that it has
 * read before: after `{"h":[],"\\":0}`, that of `{"h":1,"\"":2}` is `\` (https://github.com/nodejs/node/issues/63785).
 */
export function hasEscapedName(text: string): boolean {
  let backslash = text.indexOf('\\')
  for (let start = text.indexOf('"'); start !== -1; start = text.indexOf('"', start + 1)) {
    if (backslash !== -1 && backslash < start) backslash = text.indexOf('\\', start)
    if (backslash === -1) return false
    const end = endOfString(text, start)
    if (backslash < end && isName(text, end + 1)) return true
    start = end
  }
  return false
}
