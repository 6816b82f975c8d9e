import type { Zone } from '../lib/format.ts'
import { Store } from './store.ts'

/** What a person set for this browser. What can be shared (filters, ranges, tabs) is in the URL instead. */
export interface Preferences {
  readonly theme: 'auto' | 'light' | 'dark'
  readonly zone: Zone
  readonly density: 'comfortable' | 'compact'
  readonly motion: 'auto' | 'reduced'
  /** Shortcuts of one key, such as j and k. Off for people who speak to their computer (WCAG 2.1.4). */
  readonly singleKeys: boolean
  /** Messages a live list keeps. */
  readonly ringSize: number
  /** Fields of the value that lists of messages begin with as columns, as it was typed: `status, user.id`. */
  readonly columns: string
  /** Sent as a bearer token; empty: none. */
  readonly token: string
}

export const defaultPreferences: Preferences = {
  theme: 'auto',
  zone: 'utc',
  density: 'comfortable',
  motion: 'auto',
  singleKeys: true,
  ringSize: 5_000,
  columns: '',
  token: '',
}

/** `public/theme.js` reads the theme under this name before anything else runs. */
const storageKey = 'yak.preferences'

export const preferences: Store<Preferences> = new Store(preferencesOf(readStorage(storageKey)))

export function setPreference<Name extends keyof Preferences>(name: Name, value: Preferences[Name]): void {
  preferences.update((before) => ({ ...before, [name]: value }))
  writeStorage(storageKey, preferences.get())
}

/** Follows theme and motion onto the document, and the system's theme while it is `auto`. */
export function applyPreferences(): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const apply = () => {
    const { theme, motion, density } = preferences.get()
    const root = document.documentElement
    root.dataset.theme = theme === 'dark' || (theme === 'auto' && system.matches) ? 'dark' : 'light'
    root.dataset.motion = motion
    root.dataset.density = density
  }
  apply()
  const stop = preferences.subscribe(apply)
  const unfollow = followOtherTabs(window)
  system.addEventListener('change', apply)
  return () => {
    stop()
    unfollow()
    system.removeEventListener('change', apply)
  }
}

/** Everything this browser keeps for the console. */
export function forgetEverything(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith('yak.')) localStorage.removeItem(key)
  for (const key of Object.keys(sessionStorage)) if (key.startsWith('yak.')) sessionStorage.removeItem(key)
  preferences.set(defaultPreferences)
}

/** Takes over what is set in another tab of this browser: its window is told when the storage changes. */
export function followOtherTabs(window: EventTarget): () => void {
  const take = (event: Event) => {
    const { key, newValue } = event as StorageEvent
    // Without a key all of it was cleared.
    if (key === storageKey || key === null) preferences.set(preferencesOf(parsed(newValue)))
  }
  window.addEventListener('storage', take)
  return () => window.removeEventListener('storage', take)
}

function preferencesOf(stored: unknown): Preferences {
  if (typeof stored !== 'object' || stored === null) return defaultPreferences
  const known = Object.entries(stored).filter(
    ([name, value]) =>
      name in defaultPreferences && typeof value === typeof defaultPreferences[name as keyof Preferences],
  )
  return { ...defaultPreferences, ...(Object.fromEntries(known) as Partial<Preferences>) }
}

/** What is stored under a name that begins with `yak.`; undefined when there is nothing, or no storage. */
export function readStorage(key: string): unknown {
  try {
    return parsed(localStorage.getItem(key))
  } catch {
    return undefined
  }
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Storage may be full or switched off; then it lasts as long as the page. */
export function writeStorage(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Nothing to do: what is kept is a convenience.
  }
}
