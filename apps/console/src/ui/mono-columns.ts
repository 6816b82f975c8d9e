/** Of the font for code, as a share of its size. */
const characterWidth = 0.6

/** Characters of code that an element has room for in a line. */
export function monoColumns(element: HTMLElement): number {
  return Math.floor(monoColumnsExact(element))
}

/** The same with the part of one that is left over, which a wide character may need. */
export function monoColumnsExact(element: HTMLElement): number {
  return element.clientWidth / columnPx(element)
}

/** Columns that a character takes in an element. */
export function monoWidths(element: HTMLElement): (character: string) => number {
  const column = columnPx(element)
  const canvas = document.createElement('canvas').getContext('2d')
  const { fontSize, fontFamily } = getComputedStyle(element)
  if (canvas !== null) canvas.font = `${fontSize} ${fontFamily}`
  const known = new Map<string, number>()
  return (character) => {
    let width = known.get(character)
    if (width === undefined) {
      width = (canvas?.measureText(character).width ?? column) / column
      known.set(character, width)
    }
    return width
  }
}

const columnPx = (element: HTMLElement) => characterWidth * Number.parseFloat(getComputedStyle(element).fontSize)
