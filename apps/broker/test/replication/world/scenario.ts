import { readFileSync } from 'node:fs'
import { membersHash } from '../../../src/replication/core/identity.ts'
import type { Message } from '../../../src/replication/core/messages.ts'
import type { CoreOptions } from '../../../src/replication/core/options.ts'
import type { Rules } from '../../../src/replication/core/rules/rules.ts'
import { type EnteredEpoch, emptyCluster, metadataKey } from '../../../src/replication/core/state.ts'
import { describeIsr } from './describe.ts'
import type { FakeBroker, OperatorsWord } from './fake-broker.ts'
import { FakeCluster, type Pending } from './fake-cluster.ts'
import { FakeDisk } from './fake-disk.ts'

/**
 * Scenarios as texts, after etcd raft's testdata: a command, `----`, what came of it, an empty line. Lines with `#` are
 * for the reader. The commands:
 *
 *     cluster a b c min-insync=2 [topics=t-0,u-0]   all started and led by a; the traces of that are left out
 *     brokers a b c min-insync=2                    the same brokers, none of them started
 *     settings min-insync=1                         of all that are started from now on
 *     run [MS]                                      everything that can happen within that time (default 5)
 *     hold LABEL / release [LABEL]                  events that begin with it wait: `hold sync a`, `hold b>a fetch-request`
 *     lose LABEL / double LABEL                     those pending now never happen; the first happens once more later
 *     run-first LABEL / run-last LABEL              that one event, though it is held
 *     start B [prefers-leading | settled | unsafe-recover | init] / crash B [keep] / stop B / pause B / resume B
 *     replace-disk B / damage B KEY END             an empty disk; a log that is found to end there
 *     forget-tail B KEY END                         the disk lost what it had confirmed, and nobody noticed
 *     power-cut B KEY END                           a relaxed log, `relaxed-0`, lost what it had acknowledged and not synced
 *     forget-committed B                            the disk does not know any more what was committed
 *     no-room B KEY / room B KEY END                its log finds no room; later there is some, and it ends at END
 *     raise-log-start B KEY OFFSET                  its retention lets go of what is before
 *     set-log B KEY VALUE/EPOCH … entered=E@START   what a stopped broker's disk has
 *     set-cluster B ID                              it is a voter of that one
 *     cut A>B … / deafen B / heal                   nothing gets from A to B; B is asked and told nothing any more
 *     stall MS                                      the time between the next append and the word of it
 *     coordinator down | up | forget | snapshot | restore | show | own-nothing | last-epoch
 *     produce B ID KEY VALUE / read B KEY / log B KEY / status B / followers B
 *     inject TO TYPE from=ID/DISK/INCARNATION [epoch=N] [members=HASH] [cluster=ID]
 *     fetches on | off                              show fetches too
 *     check                                         what the checker, who sees all brokers, has to say
 */
export class Scenario {
  readonly #rules: Partial<Rules> | undefined
  readonly #core: Partial<CoreOptions>
  #cluster: FakeCluster | undefined
  #lines: string[] = []
  #showsFetches = false
  #isQuiet = false
  #snapshot: ReturnType<FakeCluster['coordinator']['snapshot']> | undefined

  constructor(rules?: Partial<Rules>, core: Partial<CoreOptions> = {}) {
    this.#rules = rules
    this.#core = core
  }

  /** The whole text with the outcomes as they are now. */
  static replay(
    path: string,
    rules?: Partial<Rules>,
    core?: Partial<CoreOptions>,
  ): { readonly expected: string; readonly actual: string } {
    const expected = readFileSync(path, 'utf8')
    const scenario = new Scenario(rules, core)
    const blocks = expected.trimEnd().split(/\n\n+/)
    const actual = blocks.map((block) => {
      const [input = ''] = block.split('\n----')
      if (input.split('\n').every((line) => line.startsWith('#'))) return input
      const outcome = scenario.#command(input)
      return `${input}\n----${outcome === '' ? '' : `\n${outcome}`}`
    })
    return { expected, actual: `${actual.join('\n\n')}\n` }
  }

  #command(input: string): string {
    this.#lines = []
    for (const line of input.split('\n')) {
      if (line.startsWith('#') || line === '') continue
      const [name = '', ...words] = line.split(' ')
      this.#do(name, words)
    }
    return this.#lines.join('\n')
  }

  #do(name: string, words: readonly string[]): void {
    const [first = '', second = '', third = '', fourth = ''] = words
    switch (name) {
      case 'cluster':
        this.#isQuiet = true
        this.#brokers(words)
        this.#startAll(words)
        this.#isQuiet = false
        return
      case 'brokers':
        this.#brokers(words)
        return
      case 'settings':
        this.cluster.options = { ...this.cluster.options, minInsync: Number(first.slice('min-insync='.length)) }
        return
      case 'run':
        this.cluster.settle(Number(first || 5))
        return
      case 'hold':
        this.cluster.held.push(words.join(' '))
        return
      case 'release':
        this.#release(words.join(' '))
        return
      case 'lose':
        for (const event of this.#pending(words.join(' '))) this.cluster.lose(event)
        return
      case 'double':
        this.cluster.double(this.#pending(words.join(' '))[0]!)
        return
      case 'run-first':
        this.cluster.run(this.#pending(words.join(' '))[0]!)
        return
      case 'run-last':
        this.cluster.run(this.#pending(words.join(' ')).at(-1)!)
        return
      case 'set-log':
        this.#setLog(this.cluster.broker(first), second, words.slice(2))
        return
      case 'stall':
        this.cluster.stallMs = Number(first)
        return
      case 'cut':
        for (const way of words) this.cluster.cuts.add(way)
        return
      case 'deafen':
        this.cluster.deaf.add(first)
        return
      case 'heal':
        this.cluster.cuts.clear()
        this.cluster.deaf.clear()
        return
      case 'coordinator':
        this.#coordinator(first)
        return
      case 'fetches':
        this.#showsFetches = first === 'on'
        return
      case 'check':
        this.cluster.checker.checkEnd()
        this.#say(this.cluster.checker.violations[0] ?? 'nothing is wrong')
        return
      case 'inject':
        this.#inject(first, second, words.slice(2))
        return
      default:
        this.#doWith(this.cluster.broker(first), name, second, third, fourth)
    }
  }

  #doWith(broker: FakeBroker, name: string, second: string, third: string, fourth: string): void {
    switch (name) {
      case 'start':
        broker.start(second === 'prefers-leading', second === 'settled', operatorsWord(second))
        return
      case 'crash':
        broker.crash((count) => (second === 'keep' ? count : 0))
        return
      case 'stop':
        broker.step({ type: 'stop' })
        return
      case 'pause':
        broker.isPaused = true
        return
      case 'resume':
        broker.isPaused = false
        return
      case 'replace-disk':
        broker.disk = new FakeDisk(`${broker.id}${Number(broker.disk.diskId.slice(1)) + 1}`)
        return
      case 'damage':
      case 'forget-tail':
        this.#cutLog(broker, second, Number(third))
        if (name === 'damage') broker.disk.damaged.add(second)
        return
      case 'power-cut':
        this.#cutLog(broker, second, Number(third))
        this.cluster.checker.onPowerCut(second, Number(third))
        return
      case 'no-room':
        broker.step({ type: 'log-failed', key: second, reason: 'No room.', isForRoom: true })
        return
      case 'room':
        this.#cutLog(broker, second, Number(third))
        broker.step({ type: 'log-reopened', key: second, log: broker.disk.log(second).state })
        return
      case 'raise-log-start':
        broker.disk.log(second).raiseStart(Number(third))
        broker.step({ type: 'log-start-raised', key: second, logStartOffset: broker.disk.log(second).startOffset })
        return
      case 'set-cluster':
        broker.disk.files.set('cluster', { ...emptyCluster, clusterId: second, membership: 'voter' })
        return
      case 'forget-committed':
        broker.disk.highWatermarks.clear()
        return
      case 'produce':
        this.#produce(broker, Number(second), third, fourth.replaceAll('_', ' '))
        return
      case 'read':
        this.#read(broker, second)
        return
      case 'log':
        this.#log(broker, second)
        return
      case 'status':
        this.#status(broker)
        return
      case 'followers':
        this.#followers(broker)
        return
      default:
        throw new TypeError(`no such command: ${name}`)
    }
  }

  get cluster(): FakeCluster {
    if (this.#cluster === undefined) throw new TypeError('a scenario begins with `cluster` or `brokers`')
    return this.#cluster
  }

  #pending(label: string): Pending[] {
    return this.cluster.pending.filter((event) => event.label.startsWith(label))
  }

  #setLog({ disk }: FakeBroker, key: string, words: readonly string[]): void {
    const log = disk.log(key)
    log.batches = []
    for (const word of words) {
      const [value = '', epoch] = word.split('/')
      if (!word.startsWith('entered=')) log.batches.push({ offset: log.endOffset, epoch: Number(epoch), value })
    }
    log.syncedEndOffset = log.endOffset
    log.fencedEpoch = 0
    disk.highWatermarks.set(key, Math.min(disk.highWatermarks.get(key) ?? 0, log.endOffset))
    const [epoch, startOffset] = words
      .find((word) => word.startsWith('entered='))!
      .slice('entered='.length)
      .split('@')
    const entered = new Map(disk.files.get('entered-epochs') as ReadonlyMap<string, EnteredEpoch>)
    entered.set(key, { epoch: Number(epoch), startOffset: Number(startOffset) })
    disk.files.set('entered-epochs', entered)
  }

  #brokers(words: readonly string[]): void {
    const settings = new Map(
      words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string]),
    )
    this.#cluster = new FakeCluster({
      brokers: words.filter((word) => !word.includes('=')),
      minInsync: Number(settings.get('min-insync') ?? 1),
      random: () => 0.5,
      readBatches: Number(settings.get('read') ?? 100),
      core: { leaseMs: 1_000, replicaLagMaxMs: 1_000, fetchWaitMs: 200, ...this.#core },
      ...(this.#rules === undefined ? {} : { rules: this.#rules }),
      trace: (line) => this.#trace(line),
    })
  }

  #startAll(words: readonly string[]): void {
    const { cluster } = this
    const topics = words.find((word) => word.startsWith('topics='))?.slice('topics='.length) ?? 't-0'
    for (const broker of cluster.brokers.values()) broker.start(broker.id === cluster.options.brokers[0])
    cluster.settle(400)
    topics.split(',').forEach((key, index) => {
      cluster.broker(cluster.options.brokers[0]!).produce(1_000 + index, metadataKey, `create ${key}`)
      cluster.settle(100)
    })
  }

  #release(label: string): void {
    const { held } = this.cluster
    if (label === '') held.length = 0
    else held.splice(held.indexOf(label), 1)
  }

  #coordinator(what: string): void {
    const { cluster } = this
    const { coordinator } = cluster
    if (what === 'forget') coordinator.forget()
    else if (what === 'snapshot') this.#snapshot = coordinator.snapshot()
    else if (what === 'restore') coordinator.restore(this.#snapshot!)
    else if (what === 'last-epoch') {
      const record = {
        ...coordinator.record('', 'yak'),
        epoch: 2 ** 31 - 1,
        leaseUntilMs: 0,
        holder: null,
        incarnation: null,
      }
      coordinator.restore(new Map([['yak', record]]))
    } else if (what === 'down' || what === 'up') {
      cluster.isCoordinatorUp = what === 'up'
      cluster.observeAll()
    } else if (what === 'own-nothing') {
      cluster.givesAnyEpoch = true
    } else {
      const { epoch, holder, suspect, ...record } = coordinator.record('', 'yak')
      this.#say(`epoch ${epoch} holder ${holder ?? 'nobody'} isr ${describeIsr(record)}${suspect ? ' suspect' : ''}`)
    }
  }

  #cutLog(broker: FakeBroker, key: string, endOffset: number): void {
    const log = broker.disk.log(key)
    log.batches.length = endOffset - log.startOffset
    log.syncedEndOffset = endOffset
    broker.disk.highWatermarks.set(key, Math.min(broker.disk.highWatermarks.get(key) ?? 0, endOffset))
  }

  #produce(broker: FakeBroker, id: number, key: string, value: string): void {
    this.cluster.checker.onProduce(id, key, value)
    broker.produce(id, key, value)
  }

  #read(broker: FakeBroker, key: string): void {
    const readable = broker.core?.readable(key, this.cluster.now)
    if (readable === undefined) this.#say('is down')
    else if ('error' in readable) this.#say(readable.error.code)
    else
      this.#say(
        `${readable.highWatermark === null ? 'nothing yet' : `up to ${readable.highWatermark}`} at epoch ${readable.leaderEpoch}`,
      )
  }

  #log(broker: FakeBroker, key: string): void {
    const log = broker.disk.log(key)
    const status = broker.core?.status(this.cluster.now).partitions.find((partition) => partition.key === key)
    const batches = log.batches.map(({ offset, value, epoch }) => `${offset}:${value}/${epoch}`).join(' ')
    const standing =
      status === undefined
        ? ''
        : ` hw ${status.highWatermark} entered ${status.enteredEpoch}${status.isFaulty ? ' faulty' : ''}`
    this.#say(`[${batches}] synced ${log.syncedEndOffset}${standing}`)
  }

  #status(broker: FakeBroker): void {
    const status = broker.core?.status(this.cluster.now)
    if (status === undefined) {
      this.#say('is down')
      return
    }
    const { role, epoch, leaderId, isServing, membership, isr, reasons } = status
    this.#say(
      `${role} at ${epoch}, leader ${leaderId ?? 'nobody'}${isServing ? ', serving' : ''}, ${membership}, isr ${describeIsr(isr)}`,
    )
    for (const reason of reasons) this.#say(`  ${reason}`)
  }

  #followers(broker: FakeBroker): void {
    for (const one of broker.core?.status(this.cluster.now).followers ?? []) {
      const standing = one.isInSync ? 'in sync' : one.isInIsr ? 'in the ISR' : 'out of the ISR'
      const lags = one.lags.map(
        ({ key, endOffset, offsetsBehind }) => ` ${key} at ${endOffset}, ${offsetsBehind} behind`,
      )
      this.#say(
        `${one.brokerId} ${standing}, fetched ${one.fetchedAgoMs} ms ago, whole ${one.caughtUpAgoMs} ms ago, behind ` +
          `${one.offsetsBehind} of at most ${one.offsetsBehindAtMost}${lags.join(';')}`,
      )
    }
  }

  #inject(to: string, type: string, words: readonly string[]): void {
    const { cluster } = this
    const given = new Map(words.map((word) => word.split('=') as [string, string]))
    const [brokerId = '', diskId = '', incarnation = ''] = (given.get('from') ?? '').split('/')
    const { brokers, minInsync } = cluster.options
    const message = {
      type,
      from: { brokerId, diskId, incarnation },
      clusterId: given.get('cluster') ?? 'cluster-of-a1',
      membersHash:
        given.get('members') ?? membersHash({ version: 1, brokerIds: brokers, minInsyncReplicas: minInsync }),
      requestId: Number(given.get('request') ?? 1_000_000),
      epoch: Number(given.get('epoch') ?? 0),
      purpose: given.get('purpose') ?? 'follow',
      continues: 0,
      positions: (given.get('at') ?? '')
        .split(',')
        .filter((at) => at !== '')
        .map((at) => {
          const [key = '', ...numbers] = at.split(':')
          const [endOffset = 0, lastEpoch = 0, enteredEpoch = 0, highWatermark = 0] = numbers.map(Number)
          return { key, endOffset, lastEpoch, enteredEpoch, highWatermark }
        }),
      maxWaitMs: 0,
      maxBytes: 1_000,
      founders: [],
      isServing: true,
    }
    cluster.broker(to).step({ type: 'message', message: message as unknown as Message })
  }

  #trace(line: string): void {
    if (this.#isQuiet) return
    if (!this.#showsFetches && / fetch-re| announce /.test(line)) return
    if (/ calls (renew|observe)/.test(line)) return
    this.#say(line)
  }

  #say(line: string): void {
    this.#lines.push(line)
  }
}

function operatorsWord(text: string): OperatorsWord {
  if (text === 'unsafe-recover') return { unsafeRecover: true }
  return text === 'init' ? { init: true } : {}
}
