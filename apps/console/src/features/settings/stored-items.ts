export interface StoredItem {
  readonly name: string
  readonly sizeBytes: number
}

/** What the console keeps in this browser, largest first; a browser without storage keeps nothing. */
export function storedItems(): readonly StoredItem[] {
  const items: StoredItem[] = []
  for (const storage of storages()) {
    for (const name of Object.keys(storage))
      if (name.startsWith('yak.')) items.push({ name, sizeBytes: name.length + (storage.getItem(name)?.length ?? 0) })
  }
  return items.toSorted((a, b) => b.sizeBytes - a.sizeBytes || a.name.localeCompare(b.name, 'en'))
}

/** The databases of the console; a browser that cannot list them, or has one in use, keeps what it has. */
export async function forgetDatabases(): Promise<void> {
  const known = await indexedDB.databases().catch(() => [])
  await Promise.all(
    known.map(
      ({ name }) =>
        new Promise<void>((resolve) => {
          if (name === undefined || !name.startsWith('yak')) return resolve()
          const request = indexedDB.deleteDatabase(name)
          request.onsuccess = () => resolve()
          request.onerror = () => resolve()
          request.onblocked = () => resolve()
        }),
    ),
  )
}

function storages(): readonly Storage[] {
  try {
    return [localStorage, sessionStorage]
  } catch {
    return []
  }
}
