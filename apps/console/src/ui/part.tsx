import { type ComponentType, type FunctionComponent, type ReactNode, useEffect } from 'react'
import { usePeers } from '../data/hooks.ts'
import { Store, useStore } from '../data/store.ts'
import { brokerName } from '../lib/brokers.ts'
import { buttonClass } from './button.tsx'
import { ErrorPanel } from './error-panel.tsx'

export interface PartFault {
  readonly error: unknown
  readonly onRetry: () => void
}

/** A component in a file of its own. `preload` never rejects; a router waits for it before it shows the page. */
export type LazyPart<Props extends object> = FunctionComponent<Props> & { readonly preload: () => Promise<void> }

const preloads: (() => Promise<void>)[] = []
let areKept = false

/** Every part into memory, also those that come with another part; one that cannot be had now is asked for again when it is shown. */
export function keepParts(): void {
  areKept = true
  for (const preload of preloads) void preload()
}

/**
 * A part that comes when it is first shown, or with `keepParts`. One that does not arrive says so in its own place; unlike
 * with React's `lazy` the rest of the page stays, and it can be asked for again.
 */
export function lazyPart<Props extends object>(
  importPart: () => Promise<ComponentType<Props>>,
  look: { readonly whileLoading: ReactNode; readonly failed: (fault: PartFault, props: Props) => ReactNode },
): LazyPart<Props> {
  const store = new Store<{ readonly Loaded: ComponentType<Props> | null; readonly error: unknown }>({
    Loaded: null,
    error: null,
  })
  let loading: Promise<void> | undefined
  const load = () => {
    loading ??= importPart()
      .then((Loaded) => store.set({ Loaded, error: null }))
      .finally(() => {
        loading = undefined
      })
    return loading
  }
  const show = () => {
    store.set({ Loaded: null, error: null })
    load().catch((error: unknown) => store.set({ Loaded: null, error }))
  }
  const preload = async () => {
    if (store.get().Loaded === null) await load().catch(() => {})
  }
  preloads.push(preload)
  if (areKept) void preload()
  const Part = (props: Props) => {
    const { Loaded, error } = useStore(store)
    useEffect(() => {
      if (store.get().Loaded === null) show()
    }, [])
    if (Loaded !== null) return <Loaded {...props} />
    return error === null ? look.whileLoading : look.failed({ error, onRetry: show }, props)
  }
  return Object.assign(Part, { preload })
}

/** Where a part would be that did not arrive. Only the broker that served the page may give it scripts. */
export function PartFaultPanel({ what, error, onRetry }: PartFault & { readonly what: string }) {
  const { peers, current, home } = usePeers()
  const name = (url: string) => {
    const id = peers.find((peer) => peer.url === url)?.id
    return id == null ? url.replace(/^https?:\/\//, '') : brokerName(id)
  }
  const isGone = current !== home
  return (
    <ErrorPanel what={`${what} did not arrive`} error={error} onRetry={onRetry}>
      <p className="mt-1 text-pretty">
        Its script is a file of {name(home)}, which served this page, and no other broker may give it.{' '}
        {isGone ? 'The same page is at every other broker.' : 'A broker that was updated has other files by now.'}
      </p>
      <p className="mt-2">
        <a
          href={`${isGone ? current : home}${location.pathname}${location.search}`}
          className={buttonClass('default', 'sm')}
        >
          {isGone ? `Open this page at ${name(current)}` : 'Load the page anew'}
        </a>
      </p>
    </ErrorPanel>
  )
}
