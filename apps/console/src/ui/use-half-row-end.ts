import { type RefObject, useLayoutEffect } from 'react'

/** Where a row of a list lies, in px from the beginning of what it scrolls. */
export interface RowPlace {
  readonly top: number
  readonly height: number
}

/** How high a list is that ends in the middle of a row, where it may be so high; null: all of it fits. In px. */
export function halfRowEnd(rows: readonly RowPlace[], mostPx: number, contentPx: number): number | null {
  if (contentPx <= mostPx) return null
  return rows.map(({ top, height }) => Math.round(top + height / 2)).findLast((middle) => middle <= mostPx) ?? null
}

/** Ends a list that scrolls in the middle of a row, so that it is seen that there is more. `rows`: a selector of them. */
export function useHalfRowEnd(list: RefObject<HTMLElement | null>, rows: string): void {
  useLayoutEffect(() => {
    const box = list.current
    if (box === null) return undefined
    const fit = () => {
      box.style.maxHeight = ''
      const start = box.getBoundingClientRect().top + box.clientTop - box.scrollTop
      const places = [...box.querySelectorAll(rows)].map((row) => {
        const { top, height } = row.getBoundingClientRect()
        return { top: top - start, height }
      })
      const end = halfRowEnd(places, box.clientHeight, box.scrollHeight)
      if (end !== null) box.style.maxHeight = `${end + box.offsetHeight - box.clientHeight}px`
    }
    fit()
    const observer = new ResizeObserver(fit)
    for (const content of box.children) observer.observe(content)
    addEventListener('resize', fit)
    return () => {
      observer.disconnect()
      removeEventListener('resize', fit)
    }
  }, [list, rows])
}
