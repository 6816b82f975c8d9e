/** Writes docs/errors.md from the error table: `pnpm --filter @yak/protocol errors-page`. A test holds them together. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERRORS, type ErrorCode, type ErrorDefinition } from '../src/errors.ts'
import { remedies } from './error-remedies.ts'

export const errorsPagePath: string = join(import.meta.dirname, '../../../docs/errors.md')

export function errorsPage(): string {
  return `# Errors

<!-- Generated from packages/protocol/src/errors.ts by \`pnpm --filter @yak/protocol errors-page\`. -->

Every answer that is not a success is problem+json (RFC 9457) with a \`code\` of this table:

\`\`\`json
{
  "type": "urn:yak:error:OFFSET_OUT_OF_RANGE",
  "title": "${ERRORS.OFFSET_OUT_OF_RANGE.title}",
  "status": 416,
  "detail": "Offset 120 is below the log start offset 500 of orders-1. Seek to 500 or later.",
  "code": "OFFSET_OUT_OF_RANGE",
  "retriable": false,
  "outcome": "not-written",
  "requestId": "req-7f",
  "details": { "offset": 120, "logStartOffset": 500 }
}
\`\`\`

Tell errors apart by \`code\`, which is for ever; \`title\` and \`detail\` are for people and free to change. In the SDK it is
\`error.code\`, in the binary protocol the number.

- **Retriable**: the same request may succeed later without being changed. An answer whose \`retriable\` is \`false\` where the
  table says yes is right: a producer waits for a topic that is missing, who deletes it has nothing to wait for.
- **Outcome** is about a write that got this answer. *Not written*: it can never become visible. *Unknown*: it may. An idempotent
  producer's retry is safe in both cases.

| code | number | HTTP | retriable | outcome | meaning | what to do |
| --- | ---: | ---: | --- | --- | --- | --- |
${Object.entries(ERRORS).map(rowOf).join('\n')}

Codes without an HTTP status are raised by the SDK and never by a broker.
`
}

function rowOf([code, { number, status, retriable, outcome, title }]: [string, ErrorDefinition]): string {
  const cells = [
    `\`${code}\``,
    String(number),
    status === 0 ? '' : String(status),
    retriable ? 'yes' : 'no',
    outcome === 'unknown' ? 'unknown' : 'not written',
    title,
    remedies[code as ErrorCode],
  ]
  return `| ${cells.join(' | ')} |`
}

if (import.meta.main) writeFileSync(errorsPagePath, errorsPage())
