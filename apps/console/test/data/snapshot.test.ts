import type { ClusterResponse } from '@yak/protocol/schemas'
import { afterEach, describe, expect, test } from 'vitest'
import { askBrokers, type BrokersTold, toldBy } from '../../src/data/brokers-told.ts'
import type { ClusterSnapshot } from '../../src/data/cluster-feed.ts'
import { createConsoleData } from '../../src/data/console-data.tsx'
import type { JournalEntry } from '../../src/data/live/frames.ts'
import { closeSnapshot, openedSnapshot, snapshotData } from '../../src/data/snapshot/open-snapshot.ts'
import { maxSnapshotBytes, openSnapshot, readSnapshot } from '../../src/data/snapshot/read-snapshot.ts'
import { maxSnapshotLines, snapshotText } from '../../src/data/snapshot/snapshot-file.ts'

const takenAt = Date.parse('2026-11-28T17:00:00.250Z')
const home = 'http://127.0.0.1:5001'

const cluster: ClusterResponse = {
  clusterId: '5f0c7f7e-1b2c',
  asOf: takenAt - 300,
  epoch: 8,
  leader: { id: '1', url: home },
  isr: ['1', '2'],
  coordinator: { type: 'redis', connected: true },
  brokers: [
    { id: '1', url: home, role: 'leader', alive: true, epoch: 8 },
    { id: '2', url: 'http://127.0.0.1:5002', role: null, alive: false, epoch: null },
  ],
}

const entry = (seq: number): JournalEntry => ({
  seq,
  at: takenAt - 1_000 + seq,
  brokerId: '1',
  epoch: 8,
  type: 'leader-changed',
  level: 'info',
  text: 'Broker 1 leads in epoch 8.',
  data: { leaderId: '1', epoch: 8 },
})

const told: BrokersTold = {
  configs: {
    brokers: [
      {
        brokerId: '1',
        version: '0.1.0',
        nodeVersion: '26.10.0',
        platform: 'linux x64',
        settings: [
          {
            name: 'port',
            flag: '--port',
            variable: 'YAK_PORT',
            description: 'TCP port',
            unit: '',
            value: 5002,
            default: 5001,
            isDefault: false,
            source: 'flag',
          },
        ],
      },
    ],
    missing: [{ brokerId: '2', detail: 'No answer.' }],
  },
  logs: {
    brokers: [{ brokerId: '1', total: 7, lines: ['{"msg":"a"}', 'b'] }],
    missing: [{ brokerId: '2', detail: 'No answer.' }],
  },
}

function written(lines = 3): string {
  const { cluster: feed } = createConsoleData(home)
  for (let second = 0; second < 2_000; second++) {
    feed.history.push(takenAt - 2_000_000 + second * 1_000, {
      produced: second,
      consumed: null,
      replicated: 1,
      errors: 0,
    })
  }
  feed.heard.set('1 8', takenAt - 500)
  const snapshot: ClusterSnapshot = {
    cluster,
    brokers: [
      {
        id: '2',
        url: 'u',
        state: null,
        receivedAt: null,
        error: { code: 'BROKERS_UNREACHABLE', detail: 'No answer.' },
      },
    ],
    topics: [],
    saidBy: '1',
    saidByUrl: home,
    asOf: cluster.asOf,
    receivedAt: takenAt - 200,
    via: 'live',
    lags: new Map([['2', new Map([['orders/0', 7]])]]),
  }
  const entries = Array.from({ length: lines }, (_, index) => entry(index + 1))
  const journal = { entries, missing: [{ brokerId: '2', detail: 'No answer.' }], atStart: true }
  return snapshotText(snapshot, feed, journal, told, { at: takenAt, url: `${home}/console/timeline`, agent: 'test' })
}

describe('a snapshot', () => {
  test('comes out of its file as it went in, with its time and its origin', () => {
    const data = snapshotData(readSnapshot(written()), 'a.json')
    expect(data.snapshot).toEqual({
      name: 'a.json',
      takenAt,
      url: `${home}/console/timeline`,
      clusterId: '5f0c7f7e-1b2c',
    })
    const shown = data.cluster.store.get()!
    expect(shown.cluster).toEqual(cluster)
    expect(shown.lags.get('2')?.get('orders/0')).toBe(7)
    expect(data.cluster.heard.get('1 8')).toBe(takenAt - 500)
    expect(data.journal.store.get()).toMatchObject({ entries: [entry(1), entry(2), entry(3)], loaded: true })
    const { seconds, columns } = data.cluster.history.since(0)
    expect([seconds.length, columns.produced.at(-1), columns.consumed.at(-1)]).toEqual([900, 1_999, null])
  })

  test('holds what brokers told of themselves, and names who did not', () => {
    const { configs, logs } = snapshotData(readSnapshot(written()), 'a.json').told
    expect({ configs, logs }).toEqual(told)
    expect(toldBy(logs, '1')).toMatchObject({ lines: ['{"msg":"a"}', 'b'] })
    expect(toldBy(logs, '2')).toBe('No answer.')
    expect(toldBy(logs, '3')).toBe('It was not asked.')
  })

  test('of an earlier console opens without what that did not ask for', () => {
    const { configs, logs, ...earlier } = JSON.parse(written())
    const data = snapshotData(readSnapshot(JSON.stringify(earlier)), 'a.json')
    expect(data.told).toEqual({})
    expect(toldBy(data.told.logs, '1')).toMatch(/^This snapshot has none/)
    expect(data.journal.store.get().entries).toHaveLength(3)
  })

  test('is taken where nobody answers too: then each broker is missing', async () => {
    const asked: string[] = []
    const json = async (path: string): Promise<never> => {
      asked.push(path)
      throw new Error('No broker answers.')
    }
    const missing = ['1', '2'].map((brokerId) => ({ brokerId, detail: 'No broker answers.' }))
    const none = { brokers: [], missing }
    expect(await askBrokers({ json }, ['1', '2'])).toEqual({ configs: none, logs: none })
    expect(asked).toEqual(['/v1/broker-config?broker=all', '/v1/broker-log?broker=all&limit=500'])
  })

  test('asks nobody, whatever a page wants', async () => {
    const { api, live } = snapshotData(readSnapshot(written()), 'a.json')
    await expect(api.json('/cluster')).rejects.toMatchObject({ code: 'SNAPSHOT', retriable: false })
    await expect(api.text('/consume', { brokerUrl: home })).rejects.toThrow('This is a snapshot')
    expect(live.store.get().machine.phase).toBe('idle')
  })

  test('keeps the newest lines of the journal, and says that there were more', () => {
    const file = readSnapshot(written(maxSnapshotLines + 5))
    expect(file.journal.entries).toHaveLength(maxSnapshotLines)
    expect([file.journal.entries[0]!.seq, file.journal.isWhole]).toEqual([6, false])
  })
})

describe('a file that is none', () => {
  const change = (edit: (file: Record<string, never>) => void): string => {
    const file = JSON.parse(written())
    edit(file)
    return JSON.stringify(file)
  }

  test.each<[string, string, RegExp]>([
    ['half of one', written().slice(0, 400), /^It is not JSON, or not all of it\./],
    ['a picture', '\u0089PNG', /^It is not JSON/],
    ['another JSON', '{"records":[]}', /^It is no snapshot of the YAK console\. One is made by "Snapshot"/],
    ['null', 'null', /^It is no snapshot/],
    ['a later version', change((file) => Object.assign(file, { version: 2 })), /of version 2, and this console reads/],
    ['no time', change((file) => Object.assign(file, { takenAt: 'yesterday' })), /^It is damaged: takenAt/],
    ['no topics', change((file) => delete (file as Record<string, unknown>).topics), /^It is damaged: topics/],
    [
      'a wrong number deep inside',
      change((file) => Object.assign((file as never as { cluster: object }).cluster, { epoch: '8' })),
      /^It is damaged: cluster\.epoch/,
    ],
    [
      'a log that is none',
      change((file) =>
        Object.assign(file, { logs: { brokers: [{ brokerId: '1', total: 1, lines: [7] }], missing: [] } }),
      ),
      /^It is damaged: logs\.brokers\.0\.lines\.0/,
    ],
    [
      'more lines of a log than a snapshot has',
      change((file) =>
        Object.assign(file, {
          logs: { brokers: [{ brokerId: '1', total: 1, lines: Array(501).fill('') }], missing: [] },
        }),
      ),
      /^It is damaged: logs\.brokers\.0\.lines/,
    ],
    [
      'more lines than a snapshot has',
      change((file) =>
        Object.assign((file as never as { journal: object }).journal, { entries: Array(5_001).fill(entry(1)) }),
      ),
      /^It is damaged: journal\.entries/,
    ],
  ])('%s is refused with a reason', (_name, text, reason) => expect(() => readSnapshot(text)).toThrow(reason))
})

describe('opening', () => {
  afterEach(closeSnapshot)

  test('takes the place of the cluster, and a bad file leaves what was there', async () => {
    await openSnapshot(new Blob([written()]), 'good.json')
    const opened = openedSnapshot.get()
    expect(opened?.snapshot?.name).toBe('good.json')
    await expect(openSnapshot(new Blob(['{}']), 'bad.json')).rejects.toThrow('It is no snapshot')
    expect(openedSnapshot.get()).toBe(opened)
    closeSnapshot()
    expect(openedSnapshot.get()).toBeNull()
  })

  test('reads nothing of a file that is far too large', async () => {
    const size = maxSnapshotBytes + 1
    const large = { size, text: () => Promise.reject(new Error('It was read.')) } as unknown as Blob
    await expect(openSnapshot(large, 'large.json')).rejects.toThrow(`It has ${size} bytes`)
  })
})
