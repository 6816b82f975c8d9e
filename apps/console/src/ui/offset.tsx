/**
 * An offset in a list: its digits in threes, as `formatCount` has them in tables and sentences, but by style alone, so that what is
 * copied from the list is the number. In an address, as `p2@1042`, digits stand without.
 */
export function Offset({ value }: { value: number }) {
  const groups = String(value).split(/(?<=\d)(?=(?:\d{3})+$)/)
  if (groups.length === 1) return groups[0]
  return groups.map((digits, place) => (
    <span key={place} className={place === 0 ? undefined : 'ml-[0.6ch]'}>
      {digits}
    </span>
  ))
}

/** How wide an offset is that is shown so, in `ch` of a font for code. */
export function offsetWidthCh(value: number): number {
  const { length } = String(value)
  return length + 0.6 * Math.floor((length - 1) / 3)
}
