import { useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { entryMemory } from '../lib/entry-memory.ts'

/**
 * Names the entry of the browser's history that is shown; one that takes its place has another name. As of this render: a
 * change of nothing but the entry renders nothing.
 */
export function useEntry(): string {
  return useEntryReader()()
}

/** The same, as of each call. */
export function useEntryReader(): () => string {
  const router = useRouter()
  return () => router.state.location.state.__TSR_key ?? router.state.location.href
}

/** State that Back and Forward find again. */
export function useEntryState<Value>(name: string, initial: Value): readonly [Value, (value: Value) => void] {
  const entry = useEntry()
  const [value, setValue] = useState(() => entryMemory.read<Value>(entry, name) ?? initial)
  useEffect(() => entryMemory.write(entry, name, value), [entry, name, value])
  return [value, setValue]
}
