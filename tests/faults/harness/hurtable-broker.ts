/**
 * A broker that a test can hurt from within, which nothing in `apps` allows:
 *
 *     MUTATION   a rule of the replication core that it goes without: a fault test that does not fail then guards nothing
 *     HURT       what happens to it on SIGUSR2, and ends on the next: `full-disk`, `failing-sync`; `paused-disk`, where no sync
 *                ends; `clock`, which goes an hour ahead, back, an hour behind, back, with one signal each; `stall`, in which
 *                its thread does nothing else for a while
 */
import { configFromCommandLine, startBroker } from '@yak/broker'
import { NodeStorage } from '@yak/log'
import { pino } from 'pino'
import { rules } from '../../../apps/broker/src/replication/core/rules/rules.ts'
import { mutationNamed } from '../../simulation/mutations.ts'
import { FailingStorage } from './failing-storage.ts'

const hourMs = 3_600_000
const stallMs = 2_500
const { MUTATION = '', HURT = '' } = process.env
const config = configFromCommandLine(process.argv.slice(2), {})
const logger = pino({ level: config.logLevel, base: { broker: config.id } })
const storage = new FailingStorage(new NodeStorage(config.dataDir))
let isHurt = false
const clockOffsets = [0, hourMs, 0, -hourMs] as const
let clockSteps = 0
let clockOffsetMs: number = 0

if (MUTATION !== '') logger.warn({ MUTATION }, 'a rule is taken out')
const broker = await startBroker(config, {
  logger,
  storage,
  clock: () => Date.now() + clockOffsetMs,
  ...(MUTATION === '' ? {} : { rules: { ...rules, ...mutationNamed(MUTATION).rules } }),
})

process.on('SIGUSR2', () => {
  isHurt = !isHurt
  logger.warn({ HURT, isHurt }, 'hurt')
  if (HURT === 'full-disk') storage.fault = isHurt ? { code: 'ENOSPC', operations: ['write'] } : undefined
  else if (HURT === 'failing-sync') storage.fault = isHurt ? { code: 'EIO', operations: ['sync'] } : undefined
  else if (HURT === 'paused-disk') isHurt ? storage.pause() : storage.resume()
  else if (HURT === 'stall') stall()
  else if (HURT === 'clock') clockOffsetMs = clockOffsets[++clockSteps % clockOffsets.length]!
})
process.once('SIGTERM', () => {
  void broker.close().then(() => process.exit(0))
})

function stall(): void {
  const untilMs = performance.now() + stallMs
  while (performance.now() < untilMs);
}
