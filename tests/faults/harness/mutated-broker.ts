/**
 * A broker with one rule of its replication core taken out, named by MUTATION: a fault test that does not fail against it
 * does not guard that rule. Nothing in `apps` can do this.
 */
import { configFromCommandLine, startBroker } from '@yak/broker'
import { pino } from 'pino'
import { rules } from '../../../apps/broker/src/replication/core/rules/rules.ts'
import { mutationNamed } from '../../simulation/mutations.ts'

const config = configFromCommandLine(process.argv.slice(2), {})
const mutation = mutationNamed(process.env.MUTATION ?? '')
const logger = pino({ level: config.logLevel, base: { broker: config.id } })
logger.warn({ mutation: mutation.name }, 'a rule is taken out')
const broker = await startBroker(config, { logger, rules: { ...rules, ...mutation.rules } })

process.once('SIGTERM', () => {
  void broker.close().then(() => process.exit(0))
})
