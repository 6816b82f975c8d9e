export interface StoredItem {
  readonly name: string
  readonly sizeBytes: number
}

/** A part of a database that holds something. */
export interface StoredEntries {
  readonly name: string
  readonly count: number
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

/** What the console keeps in this browser's databases, such as imports that can be resumed. */
export async function storedEntries(): Promise<readonly StoredEntries[]> {
  const found: StoredEntries[] = []
  await eachDatabase(async (database, parts) => {
    const transaction = database.transaction(parts)
    for (const part of parts) {
      const count = await settled(transaction.objectStore(part).count())
      if (count > 0) found.push({ name: `${database.name}/${part}`, count })
    }
  })
  return found
}

/** They are emptied, not deleted: that works while another tab has one open, too. */
export async function forgetDatabases(): Promise<void> {
  await eachDatabase(async (database, parts) => {
    const transaction = database.transaction(parts, 'readwrite')
    await Promise.all(parts.map((part) => settled(transaction.objectStore(part).clear())))
  })
}

/** A browser that cannot list its databases, or does not open one, keeps what it has. */
async function eachDatabase(visit: (database: IDBDatabase, parts: string[]) => Promise<void>): Promise<void> {
  const known = await indexedDB.databases().catch(() => [])
  for (const { name } of known) {
    if (name === undefined || !name.startsWith('yak')) continue
    const request = indexedDB.open(name)
    // It went meanwhile: an empty one must not take its place.
    request.onupgradeneeded = () => request.transaction?.abort()
    const database = await settled(request).catch(() => null)
    if (database === null) continue
    const parts = [...database.objectStoreNames]
    try {
      if (parts.length > 0) await visit(database, parts)
    } finally {
      database.close()
    }
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('The browser gave no access to its database.'))
  })
}

function storages(): readonly Storage[] {
  try {
    return [localStorage, sessionStorage]
  } catch {
    return []
  }
}

const draftPrefix = 'yak.draft.'
const words: Readonly<Record<string, string>> = {
  'yak.preferences': 'Settings of this page',
  'yak.peers': 'Addresses of the brokers',
  'yak.templates': 'Templates of Produce',
  'yak.recent-topics': 'Topics used last in Produce',
  'yak.produce-history': 'What was sent from here',
  'yak.csv-mappings': 'How columns of CSV files were mapped',
  'yak.imports/jobs': 'Imports of CSV files',
  'yak.imports/bad-rows': 'Rows that imports left out',
}

/** What is kept under this name, for people; the name itself where nobody said. */
export function storedWords(name: string): string {
  return name.startsWith(draftPrefix)
    ? `Draft for ${name.slice(draftPrefix.length) || 'no topic yet'}`
    : (words[name] ?? name)
}
