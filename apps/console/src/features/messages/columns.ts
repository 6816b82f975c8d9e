/** The grid of a row, the same for the heading: the box that chooses it, fixed ones, the chosen paths, the value taking the rest. */
export function gridTemplate(paths: readonly string[], wide: boolean): string {
  const chosen = paths.map(() => 'minmax(6rem, 10rem)').join(' ')
  return wide
    ? `1rem 2.5rem 5.5rem 11.5rem minmax(5rem, 10rem) ${chosen} minmax(10rem, 1fr) 4.25rem 2rem`
    : `1rem 2rem 5rem 6.5rem minmax(4rem, 8rem) ${chosen} minmax(6rem, 1fr) 2rem`
}

/** Width below which the list scrolls sideways in its own box. */
export function gridMinWidth(paths: readonly string[], wide: boolean): string {
  return `${(wide ? 46 : 32) + paths.length * 7}rem`
}
