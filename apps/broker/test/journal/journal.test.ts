import { appendFile, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '@yak/protocol'
import { journalEntrySchema } from '@yak/protocol/schemas'
import { expect, onTestFinished, test } from 'vitest'
import { Journal } from '../../src/journal/journal.ts'
import type { JournalFileLimits } from '../../src/journal/journal-files.ts'
import { temporaryFolder } from '../temporary-folder.ts'

interface Given {
  readonly limits?: JournalFileLimits
  readonly onFailure?: (error: Error | undefined) => void
  readonly retryMs?: number
  readonly clock?: () => number
}

async function openJournal(dataDir: string, given: Given = {}): Promise<Journal> {
  let at = 0
  const journal = await Journal.open({
    dataDir,
    brokerId: '1',
    clock: () => ++at,
    epoch: () => 7,
    onFailure: () => {},
    ...given,
  })
  onTestFinished(() => journal.close())
  return journal
}

function note(journal: Journal, ...texts: readonly string[]): void {
  for (const text of texts) journal.append({ type: 'notice', level: 'info', text })
}

async function textsOf(journal: Journal, after = 0): Promise<string[]> {
  const { entries } = await journal.read({ after, limit: 100_000, level: 'info' })
  return entries.map(({ text }) => text)
}

/** Long, so that what is written over it is shorter. */
const endText = 'the end '.repeat(20).trim()

/** A clean end: the broker's last word. */
async function end(journal: Journal): Promise<void> {
  journal.append({ type: 'stopped', level: 'info', text: endText })
  await journal.close()
}

test('an entry has all that the schema asks for', async () => {
  const journal = await openJournal(await temporaryFolder())
  const heard: unknown[] = []
  journal.onEntry((entry) => heard.push(entry))
  journal.append({ type: 'topic-created', level: 'info', text: 'Topic a.', data: { topic: 'a' } })
  const { entries, after, first } = await journal.read({ limit: 10, level: 'info' })
  expect(journalEntrySchema.parse(entries[0])).toEqual({
    seq: 1,
    at: 1,
    brokerId: '1',
    epoch: 7,
    type: 'topic-created',
    level: 'info',
    text: 'Topic a.',
    data: { topic: 'a' },
  })
  expect({ after, first }).toEqual({ after: 1, first: 1 })
  expect(heard).toEqual(entries)
})

test('what was written is there after a restart, and the numbers go on', async () => {
  const folder = await temporaryFolder()
  const first = await openJournal(folder)
  note(first, 'a', 'b')
  await end(first)
  const second = await openJournal(folder)
  expect(second.lastSeq).toBe(3)
  note(second, 'c')
  const { entries } = await second.read({ after: 0, limit: 10, level: 'info' })
  expect(entries.map(({ seq, text }) => `${seq} ${text}`)).toEqual(['1 a', '2 b', `3 ${endText}`, '4 c'])
})

test('after an end that was none, no number is used twice', async () => {
  const folder = await temporaryFolder()
  const first = await openJournal(folder)
  note(first, 'a')
  await first.close()
  const second = await openJournal(folder)
  note(second, 'b')
  expect(second.lastSeq).toBe(1 + LIMITS.maxUnsavedJournalEntries + 1)
  expect(await textsOf(second)).toEqual(['a', 'b'])
  expect(await textsOf(second, 1)).toEqual(['b'])
})

test('a last line that a crash cut short does not count, wherever it was cut', async () => {
  const folder = await temporaryFolder()
  const journal = await openJournal(folder)
  note(journal, 'first', 'second')
  await end(journal)
  const [name] = await readdir(join(folder, 'journal'))
  const path = join(folder, 'journal', name!)
  const whole = await readFile(path)
  const lines = whole.toString().split('\n').slice(0, -1)
  expect(lines).toHaveLength(3)
  const lastStart = whole.length - (lines[2]!.length + 1)
  for (let cut = lastStart; cut < whole.length; cut++) {
    await writeFile(path, whole.subarray(0, cut))
    const again = await openJournal(folder)
    expect(await textsOf(again), `cut at ${cut}`).toEqual(['first', 'second'])
    note(again, 'next')
    await again.close()
    const text = await readFile(path, 'utf8')
    expect(text.split('\n').map((line) => (line === '' ? line : JSON.parse(line).text))).toEqual([
      'first',
      'second',
      'next',
      '',
    ])
    const reread = await openJournal(folder)
    expect(await textsOf(reread)).toEqual(['first', 'second', 'next'])
    await reread.close()
  }
})

test('a line that is no entry is passed over', async () => {
  const folder = await temporaryFolder()
  const journal = await openJournal(folder)
  note(journal, 'a')
  await journal.close()
  const [name] = await readdir(join(folder, 'journal'))
  await appendFile(join(folder, 'journal', name!), 'nonsense\n{"seq":"x"}\n')
  const again = await openJournal(folder)
  note(again, 'b')
  expect(await textsOf(again)).toEqual(['a', 'b'])
})

test('the oldest files go when there are too many entries, and reading is whole across files', async () => {
  const folder = await temporaryFolder()
  const limits = { maxEntries: 3_000, maxBytes: 10_000_000, maxFileBytes: 20_000 }
  const journal = await openJournal(folder, { limits })
  for (let count = 0; count < 50; count++) {
    note(journal, ...Array.from({ length: 100 }, (_, index) => `entry ${count * 100 + index}`))
    // Each round in a write of its own, as it is when things happen over time.
    await journal.flushed()
  }
  const { entries, first, after } = await journal.read({ after: 0, limit: 100_000, level: 'info' })
  expect(after).toBe(5_000)
  expect(entries.length).toBeLessThanOrEqual(3_000)
  expect(entries.length).toBeGreaterThan(2_500)
  expect(entries[0]!.seq).toBe(first)
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: entries.length }, (_, index) => first + index))
  const sizes = await Promise.all(
    (await readdir(join(folder, 'journal'))).map(async (name) => (await stat(join(folder, 'journal', name))).size),
  )
  expect(Math.max(...sizes)).toBeLessThan(20_000 + 100 * 200)
  const newest = await journal.read({ limit: 1_500, level: 'info' })
  expect(newest.entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_500 }, (_, index) => 3_501 + index))
  const older = await journal.read({ before: 3_501, limit: 10, level: 'info' })
  expect(older.entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, index) => 3_491 + index))
})

test('reading on by pages gives each entry once, at the level asked for', async () => {
  const journal = await openJournal(await temporaryFolder())
  for (let index = 1; index <= 25; index++) {
    journal.append({ type: 'notice', level: index % 5 === 0 ? 'error' : 'info', text: String(index) })
  }
  const texts: string[] = []
  let after = 0
  for (let pages = 0; after < 25; pages++) {
    expect(pages).toBeLessThan(10)
    const page = await journal.read({ after, limit: 2, level: 'warn' })
    texts.push(...page.entries.map(({ text }) => text))
    after = page.after
  }
  expect(texts).toEqual(['5', '10', '15', '20', '25'])
  expect((await journal.read({ limit: 2, level: 'error' })).entries.map(({ text }) => text)).toEqual(['20', '25'])
})

test('a disk that takes nothing is told of once; entries stay in memory and are written when it is back', async () => {
  const folder = await temporaryFolder()
  const failures: (string | undefined)[] = []
  // Each write needs a file of its own, in a folder that is a file for a while: that fails whoever the user is.
  const limits = { maxEntries: 100, maxBytes: 1_000_000, maxFileBytes: 1 }
  const onFailure = (error: Error | undefined) => failures.push(error?.message)
  const journal = await openJournal(folder, { limits, onFailure, retryMs: 1 })
  note(journal, 'before')
  await journal.flushed()
  const path = join(folder, 'journal')
  await rename(path, `${path}-away`)
  await writeFile(path, '')
  note(journal, 'while it fails')
  await journal.flushed()
  expect(failures).toEqual([expect.stringContaining('ENOTDIR')])
  note(journal, 'still')
  const { entries } = await journal.read({ limit: 2, level: 'info' })
  expect(entries.map(({ text }) => text)).toEqual(['while it fails', 'still'])
  await rm(path)
  await rename(`${path}-away`, path)
  await expect.poll(() => journal.failure).toBeUndefined()
  expect(failures).toEqual([expect.any(String), undefined])
  await journal.close()
  const again = await openJournal(folder)
  expect(await textsOf(again)).toEqual(['before', 'while it fails', 'still'])
})

test('a folder that cannot be made is no reason not to start', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'journal'), 'a file')
  const failures: unknown[] = []
  const journal = await openJournal(folder, { onFailure: (error) => failures.push(error) })
  note(journal, 'a')
  expect(failures).toHaveLength(1)
  expect((await journal.read({ limit: 10, level: 'info' })).entries.map(({ text }) => text)).toEqual(['a'])
  await journal.close()
})

test.each([
  ['whose numbers begin at the time', Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1)],
  ['with numbers behind those of the disk, where the clock was set back', 1, 4],
])(
  'a folder that could not be opened at the start is opened later, and has what happened meanwhile, %s',
  async (_how, startMs, seq) => {
    const folder = await temporaryFolder()
    const earlier = await openJournal(folder)
    note(earlier, 'before', 'and')
    await end(earlier)
    const path = join(folder, 'journal')
    await rename(path, `${path}-away`)
    await writeFile(path, '')

    const failures: (string | undefined)[] = []
    const onFailure = (error: Error | undefined) => failures.push(error?.message)
    const journal = await openJournal(folder, { onFailure, retryMs: 1, clock: () => startMs })
    note(journal, 'meanwhile', 'more')
    expect(failures).toEqual([expect.stringContaining('EEXIST')])
    await rm(path)
    await rename(`${path}-away`, path)
    await expect.poll(() => journal.failure).toBeUndefined()
    expect(failures).toEqual([expect.any(String), undefined])
    note(journal, 'after')
    await end(journal)

    const again = await openJournal(folder)
    expect(await textsOf(again)).toEqual(['before', 'and', endText, 'meanwhile', 'more', 'after', endText])
    const { entries, first } = await again.read({ after: 3, limit: 3, level: 'info' })
    expect(entries.map((entry) => entry.seq)).toEqual([seq, seq + 1, seq + 2])
    expect(first).toBe(1)
  },
)
