/**
 * A paced load in a process of its own, told over IPC when to run: V8 compiles a program for what it does. Two loads that take turns in one
 * process would have it compile what they share anew with each turn, and the threads that do so take the event loops' processors
 * (docs/decisions/0011-v8-threads.md).
 */

import { LoadTimes, PacedMessages, PacedRequests } from './load.ts'
import type { LoadReply, LoadRequest, LoadSettings } from './load-process.ts'

const settings = JSON.parse(process.argv[2]!) as LoadSettings
const { urls, topic, valueBytes } = settings
const load =
  settings.kind === 'messages'
    ? await PacedMessages.start(urls, topic, valueBytes)
    : new PacedRequests(urls[0]!, valueBytes)
const timesByName = new Map<string, LoadTimes>()

function timesOf(name: string): LoadTimes {
  const times = timesByName.get(name) ?? new LoadTimes()
  timesByName.set(name, times)
  return times
}

async function answer(request: LoadRequest): Promise<LoadReply> {
  if (request.act === 'close') {
    await load.close()
  } else if (request.act === 'pass') {
    await load.pass(request.perSecond, request.perSecond * request.seconds, timesOf(request.noteAs))
  } else {
    const { sending, acknowledged, arrival } = timesOf(request.noted)
    return { sending: sending.percentiles, acknowledged: acknowledged.percentiles, arrival: arrival.percentiles }
  }
  return null
}

process.on('message', async (request: LoadRequest) => {
  process.send?.(await answer(request))
  if (request.act === 'close') process.disconnect?.()
})
// Told to close, or the benchmark has failed: nobody would end it.
process.on('disconnect', () => process.exit())
process.send?.(null)
