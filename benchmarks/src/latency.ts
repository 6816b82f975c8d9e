import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Benchmark, BenchmarkContext } from './benchmark.ts'
import { type ServerProcess, startBareServer, startBroker } from './broker-process.ts'
import { brokerMemory } from './memory.ts'
import { LoadProcess } from './paced/load-process.ts'
import { FIRST_SECONDS, MESSAGES_PER_SECOND, percentileFigures, runSteadily } from './paced/steady.ts'

const VALUE_BYTES = [100, 1_024] as const
const TARGETS = { 50: 0.8, 99: 2 }

/** The SDK through the broker, and undici alone through the bare server, each in a process of its own, one after the other. */
async function measure(
  { scale, report }: BenchmarkContext,
  broker: ServerProcess,
  bare: ServerProcess,
  valueBytes: number,
): Promise<void> {
  const topic = `bench-${valueBytes}`
  const messages = await LoadProcess.start({ kind: 'messages', urls: [broker.url], topic, valueBytes })
  const requests = await LoadProcess.start({ kind: 'requests', urls: [bare.url], topic, valueBytes })
  const of = (name: string) => `${name} %, ${valueBytes} B`
  const settings = { valueBytes, perSecond: MESSAGES_PER_SECOND }
  const seconds = await runSteadily(scale, messages)
  await runSteadily(scale, requests)
  const [first, firstLimit] = [await messages.percentiles('first'), await requests.percentiles('first')]
  const [measured, limit] = [await messages.percentiles('measured'), await requests.percentiles('measured')]
  const firstAnswer = { name: 'bare, due → answer', percentiles: firstLimit.acknowledged }
  const sending = { name: 'bare, due → sending', percentiles: limit.sending }
  const answer = { name: 'bare, due → answer', percentiles: limit.acknowledged }
  for (const figure of [
    ...percentileFigures(of(`due → consumer, first ${FIRST_SECONDS} s`), first.arrival, firstAnswer, {}, settings),
    ...percentileFigures(of('due → sending'), measured.sending, sending, {}, { ...settings, seconds }),
    ...percentileFigures(of('due → receipt'), measured.acknowledged, answer, {}, { ...settings, seconds }),
    ...percentileFigures(of('due → consumer'), measured.arrival, answer, TARGETS, { ...settings, seconds }),
  ]) {
    report(figure)
  }
  report({
    name: `client memory, peak, ${valueBytes} B`,
    value: messages.peakMB,
    unit: 'MB',
    limit: { name: 'undici and the same pace', value: requests.peakMB },
  })
  await messages.stop()
  await requests.stop()
}

export const latency: Benchmark = {
  name: 'latency',
  describes: 'end to end at a fixed 1,000 messages/s, measured from when each message was due',
  async run(context) {
    const { folder, report } = context
    const bareDir = join(folder, 'bare')
    mkdirSync(bareDir)
    const [broker, bare] = [await startBroker(join(folder, 'broker')), await startBareServer(bareDir)]
    try {
      for (const valueBytes of VALUE_BYTES) await measure(context, broker, bare, valueBytes)
      report(brokerMemory(broker, bare, 'bare server'))
    } finally {
      await broker.stop()
      await bare.stop()
    }
  },
}
