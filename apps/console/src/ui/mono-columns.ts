/** Of the font for code, as a share of its size. */
const characterWidth = 0.6

/** Characters of code that an element has room for in a line. */
export function monoColumns(element: HTMLElement): number {
  return Math.floor(element.clientWidth / (characterWidth * Number.parseFloat(getComputedStyle(element).fontSize)))
}
