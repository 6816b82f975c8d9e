import type { Virtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useRef } from 'react'

/** Keeps a list that follows its end there when its box gets lower: what came above it would leave the end below the edge. */
export function useStayAtEnd(
  list: Virtualizer<HTMLDivElement, Element>,
  box: RefObject<HTMLDivElement | null>,
  count: number,
  follow: boolean,
): void {
  const latest = useRef(count)
  latest.current = count
  useEffect(() => {
    if (!follow || box.current === null) return
    const resized = new ResizeObserver(() => {
      if (latest.current > 0) list.scrollToIndex(latest.current - 1, { align: 'end' })
    })
    resized.observe(box.current)
    return () => resized.disconnect()
  }, [follow, list, box])
}
