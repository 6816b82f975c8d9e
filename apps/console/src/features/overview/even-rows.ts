/**
 * How many of `count` cells stand in a line, so that all lines are about as long: 12 of which 10 fit are 6 and 6. Undefined: all
 * in one, or the width is not known yet.
 */
export function evenColumns(count: number, widthPx: number, cellPx: number, gapPx: number): number | undefined {
  const most = Math.floor((widthPx + gapPx) / (cellPx + gapPx))
  if (most < 1 || count <= most) return undefined
  return Math.ceil(count / Math.ceil(count / most))
}
