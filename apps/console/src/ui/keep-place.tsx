import { Component, createRef, type ReactNode } from 'react'

interface Place {
  readonly name: string
  readonly top: number
}

/**
 * A list in a page that scrolls: what is put in above what somebody reads does not move it. Its items carry `data-place`, a
 * name each that stays. As long as nobody has scrolled or gone into it, the page stays at its beginning.
 */
export class KeepPlace extends Component<{ readonly children: ReactNode }> {
  readonly #box = createRef<HTMLDivElement>()

  override getSnapshotBeforeUpdate(): Place | null {
    const scroller = this.#box.current?.closest('main') ?? null
    if (scroller === null) return null
    if (scroller.scrollTop === 0 && !this.#box.current!.contains(document.activeElement)) return null
    const { top: from, bottom: to } = scroller.getBoundingClientRect()
    const seen = this.#items().filter((each) => {
      const { top, bottom } = each.getBoundingClientRect()
      return bottom > from && top < to
    })
    // The first of all may change its height, as soon as it is not the first any more.
    const item = seen[0] === this.#items()[0] ? (seen[1] ?? seen[0]) : seen[0]
    return item === undefined ? null : { name: item.dataset.place!, top: item.getBoundingClientRect().top }
  }

  override componentDidUpdate(_props: unknown, _state: unknown, place: Place | null): void {
    if (place === null) return
    const item = this.#items().find((each) => each.dataset.place === place.name)
    const moved = (item?.getBoundingClientRect().top ?? place.top) - place.top
    if (moved !== 0) this.#box.current?.closest('main')?.scrollBy({ top: moved, behavior: 'instant' })
  }

  override render(): ReactNode {
    return (
      // The browser would do it too, but not at the beginning of the page, and then both would.
      <div ref={this.#box} className="[overflow-anchor:none]">
        {this.props.children}
      </div>
    )
  }

  #items(): readonly HTMLElement[] {
    return [...(this.#box.current?.querySelectorAll<HTMLElement>('[data-place]') ?? [])]
  }
}
