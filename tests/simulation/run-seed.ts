import { check } from '../checker/checker.ts'
import { AmbientGuard } from './ambient-guard.ts'
import { configurationOf, letsGo } from './configuration.ts'
import { Nemesis } from './faults/nemesis.ts'
import { rulesWithout } from './mutations.ts'
import type { SeedRequest, SeedResult } from './seed-result.ts'
import { World } from './world.ts'
import { type WriteWait, WriteWaits } from './write-waits.ts'

const maxEvents = 400_000

/** Runs one seed from start to end, in this thread. The same request gives the same result, event for event. */
export async function runSeed(request: SeedRequest): Promise<SeedResult> {
  using guard = new AmbientGuard()
  // Errors are made and caught by the thousand; where they come from matters only to who reads a trace.
  const { stackTraceLimit } = Error
  if (request.isTraced !== true) Error.stackTraceLimit = 2
  const configuration = configurationOf(request.seed, request.choice)
  const rules = rulesWithout(request.mutations ?? [])
  const world = new World({ configuration, rules, isTraced: request.isTraced ?? false })
  const onRejection = (reason: unknown) => {
    world.fail(`a promise was rejected and nobody looked: ${reason instanceof Error ? reason.stack : String(reason)}`)
  }
  process.on('unhandledRejection', onRejection)
  let recovery: Recovery = { recoveredAfterMs: 0, wholeAfterMs: 0, waits: [] }
  try {
    recovery = await play(world)
  } catch (error) {
    world.fail(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    process.off('unhandledRejection', onRejection)
    Error.stackTraceLimit = stackTraceLimit
  }
  const report = check(world.history.events, { retention: letsGo(configuration) })
  for (const { kind, partition, detail } of report.anomalies) world.fail(`${kind} in ${partition}: ${detail}`)
  for (const { name, stack } of guard.uses) world.fail(`${name} of the machine was used: ${stack}`)
  return {
    seed: request.seed,
    isModelled: configuration.isModelled,
    failures: world.failures,
    coverage: world.coverage.counts,
    eventCount: world.scheduler.eventCount,
    fingerprint: world.scheduler.fingerprint,
    simulatedMs: world.nowMs,
    ...recovery,
    sends: report.availability.sends.ok + report.availability.sends.failed + report.availability.sends.unknown,
    records: report.records,
    trace: world.trace.lines,
  }
}

interface Recovery {
  readonly recoveredAfterMs: number
  readonly wholeAfterMs: number
  readonly waits: readonly WriteWait[]
}

/** Faults, then healing, then quiet, then a look at every disk. */
async function play(world: World): Promise<Recovery> {
  const { scheduler, configuration } = world
  const { leaseMs, faultMs, readerStrays } = configuration
  const nemesis = new Nemesis(world)
  const hasFailed = () => world.failures.length > 0
  world.start()
  nemesis.start()
  await scheduler.run(faultMs, hasFailed, maxEvents)
  nemesis.end()
  heal(world)
  world.settle()
  const healedAtMs = world.nowMs
  const withinMs = async (limitMs: number, what: string, isDone: () => boolean): Promise<number> => {
    const deadlineMs = world.nowMs + limitMs
    await scheduler.run(deadlineMs, () => hasFailed() || isDone(), maxEvents)
    if (!hasFailed() && !isDone()) world.fail(`I9: ${what} within ${limitMs} ms, and it was not so: ${describe(world)}`)
    return world.nowMs - healedAtMs
  }
  const sentBefore = world.history.events.length
  const isServed = () => isAcknowledgedSince(world, healedAtMs, sentBefore)
  const waits = new WriteWaits(world, (limitMs, isDone) =>
    scheduler.run(world.nowMs + limitMs, () => hasFailed() || isDone(), maxEvents),
  )
  // Where an operator has given brokers up, it is for him to say when a quorum is up.
  if (world.isRecoveryAllowed) await operate(world, () => hasFailed() || isServed())
  else await waits.afterHealing(6 * leaseMs + 2_000)
  const recoveredAfterMs = await withinMs(
    6 * leaseMs + 2_000,
    'a send begun after the faults is to be acknowledged',
    isServed,
  )
  const wholeAfterMs = await withinMs(6 * leaseMs + 3_000, 'every broker is to follow or lead with all its logs', () =>
    world.brokers.every(({ isWhole }) => isWhole),
  )
  for (const producer of world.producers) producer.stop()
  await withinMs(configuration.deliveryTimeoutMs + 2 * leaseMs, 'every send is to end', () =>
    world.producers.every(({ isIdle }) => isIdle),
  )
  await withinMs(4 * leaseMs + 2_000, 'every replica is to hold everything, committed', () => isLevel(world))
  // Meanwhile what some faults left behind may have struck.
  if (!hasFailed() && (await waits.afterLoss())) heal(world)
  // A request that its client gave up long ago may still arrive, so all are level at the same moment.
  // One that asks the wrong broker nine times out of ten gets on as much more slowly.
  await withinMs(
    Math.round((4 * leaseMs) / (1 - readerStrays)),
    'every reader is to reach the end',
    () => isLevel(world) && world.readers.every((reader) => hasReadAll(world, reader)),
  )
  for (const reader of world.readers) reader.stop()
  // A run that did not come to rest says so; what its disks hold in the middle of something is no evidence.
  if (!hasFailed()) {
    for (const broker of world.brokers)
      for (const replica of await broker.replicas()) {
        world.history.add(replica)
        const { partition, logStartOffset } = replica
        if (logStartOffset > world.observer.logStarts.highestOf(partition))
          world.fail(`I10: ${partition} begins at ${logStartOffset} on ${broker.id}, and no leader let go of so much.`)
      }
  }
  return { recoveredAfterMs, wholeAfterMs, waits: waits.waits }
}

/** An operator who has given brokers up once does so again, until somebody leads. */
async function operate(world: World, isDone: () => boolean): Promise<void> {
  const { leaseMs } = world.configuration
  for (let round = 0; round < 3 && !isDone(); round++) {
    await world.scheduler.run(world.nowMs + 4 * leaseMs + 2_000, isDone, maxEvents)
    if (isDone()) return
    const [best] = world.brokers
      .filter(({ isWhole, hasAllPartitions }) => isWhole && hasAllPartitions)
      .sort((one, other) => endOf(other) - endOf(one))
    world.trace.note('operator', () => `has ${best?.id ?? 'nobody'} lead`)
    best?.kill()
    best?.startUnsafely()
  }
}

function endOf(broker: World['brokers'][number]): number {
  return broker.standing().reduce((sum, { endOffset }) => sum + endOffset, 0)
}

/** Everything works again, and everybody who is down starts, within half a lease. */
function heal(world: World): void {
  const { network, coordinator, coordinatorHealth, random, configuration } = world
  network.healAll()
  coordinator.heal()
  Object.assign(coordinatorHealth, { isDown: false, slowMs: 0, ownerIndex: null })
  for (const broker of world.brokers) {
    Object.assign(broker.diskHealth, { writeErrorRate: 0, syncErrorRate: 0, isFull: false, stallMs: 0 })
    broker.resume()
    if (broker.state === 'stopping' || broker.hasFailedLog) broker.kill()
    world.schedule(random.between(0, configuration.leaseMs / 2), () => broker.start())
  }
}

function isAcknowledgedSince({ history: { events } }: World, sinceMs: number, fromEvent: number): boolean {
  const begun = new Set<string>()
  for (let index = fromEvent; index < events.length; index++) {
    const event = events[index]!
    // Of a producer: the probe has no patience, which is what is to be seen here.
    if (event.type === 'invoke' && event.op === 'send' && event.client.startsWith('p') && event.timeMs >= sinceMs)
      begun.add(`${event.client} ${event.id}`)
    if (event.type === 'ok' && event.op === 'send' && begun.has(`${event.client} ${event.id}`)) return true
  }
  return false
}

/** Every broker has the same partitions, the same ends, and all of it committed. */
function isLevel({ brokers, partitions, topics }: World): boolean {
  if (!topics.isIdle || [...topics.deleted].some((key) => brokers.some((broker) => broker.hasFiles(key)))) return false
  const [first, ...others] = brokers.map((broker) => new Map(broker.standing().map((one) => [one.key, one])))
  if (first?.size !== partitions.length + 1 || !partitions.every((key) => first.has(key))) return false
  for (const [key, { endOffset, highWatermark }] of first) {
    if (highWatermark !== endOffset) return false
    for (const other of others) {
      const same = other.get(key)
      if (same?.endOffset !== endOffset || same.highWatermark !== endOffset) return false
    }
  }
  return true
}

function hasReadAll({ brokers }: World, reader: { positionOf(partition: string): number | undefined }): boolean {
  return brokers[0]!.standing().every(({ key, endOffset }) => {
    const position = reader.positionOf(key)
    return position === undefined || position === endOffset
  })
}

/** Who is what, for the message of a run that came to no rest. */
function describe({ brokers }: World): string {
  return brokers.map(({ id, state, summary }) => `${id} ${state} ${summary}`).join('; ')
}
