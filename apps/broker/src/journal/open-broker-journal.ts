import type { LiveServices } from '../live/live-services.ts'
import { Journal } from './journal.ts'
import { recordEvents } from './record-events.ts'

/** What is asked of the broker, each time anew. */
export interface JournalledBroker
  extends Pick<LiveServices, 'brokerId' | 'version' | 'url' | 'clock' | 'events' | 'logger'> {
  readonly cluster: { readonly epoch: number }
}

/** The journal of a broker, in which all that happens to it is written down from now on. */
export async function openBrokerJournal(broker: JournalledBroker, dataDir: string): Promise<Journal> {
  const { brokerId, clock, events, logger, version } = broker
  const journal = await Journal.open({
    dataDir,
    brokerId,
    clock,
    epoch: () => broker.cluster.epoch,
    onFailure: (err) => {
      if (err === undefined) logger.info('the event journal is written again')
      else logger.error({ err }, `the event journal is not written, and what happens is kept in memory: ${err.message}`)
    },
  })
  recordEvents(events, journal, { brokerId, version, url: () => broker.url })
  return journal
}
