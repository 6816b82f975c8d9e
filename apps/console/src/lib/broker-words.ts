import { brokerName } from './brokers.ts'
import { formatCount } from './format.ts'

/** An id behind the word broker, alone or as in `brokers 1,2`. */
const named = /\b[Bb]rokers? (\d+(?:,\s?\d+)*)\b/g
/** Where ids stand without that word: who is in sync, who left, who does not lead. */
const inSync = /\bIn sync: [\d, ]*\d(?:; [\d, ]*\d left)?/g
const notLeading = /(\bb\d+ leads, not )(\d+)\b/g
const becoming = /(?<=\bISR of epoch \d+: )[\d,]+ becomes [\d,]*\d/g
const quantity = /(?<![\d.,:/-])\d{4,}(?= (?:ms|s|bytes|writes?|messages?|records?|offsets|times|partitions)\b)/g
/** A unit at the beginning of a line says nothing. */
const beforeUnit = /(?<=\d) (?=(?:ms|s|bytes)\b)/g

/** What a broker wrote, in the words of the console: `b1` for broker 1, and spaces in large numbers. For the eye: a copy or a file has it as it was written. */
export function brokerWords(text: string): string {
  return text
    .replace(named, (_, ids: string) => namesIn(ids))
    .replace(inSync, namesIn)
    .replace(becoming, (ids) => namesIn(ids.replaceAll(',', ', ')))
    .replace(notLeading, (_, before: string, id: string) => before + brokerName(id))
    .replace(quantity, (digits) => formatCount(Number(digits)))
    .replace(beforeUnit, '\u00a0')
}

function namesIn(ids: string): string {
  return ids.replace(/\d+/g, brokerName)
}
