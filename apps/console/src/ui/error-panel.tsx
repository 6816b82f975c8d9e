import { RotateCw, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError, errorReport } from '../data/api/api-error.ts'
import { brokerWords } from '../lib/broker-words.ts'
import { Button } from './button.tsx'
import { CopyButton } from './copy-button.tsx'
import { TextWithUrls, UrlText } from './url-text.tsx'

/** An error where the data would be: what failed, code, broker, request id, Retry, Copy details. Never only a toast. */
export function ErrorPanel({
  what,
  error,
  onRetry,
  children,
}: {
  what: string
  error: unknown
  onRetry?: () => void
  children?: ReactNode
}) {
  const api = error instanceof ApiError ? error : null
  return (
    <div role="alert" className="rounded-md border border-bad-mark/40 bg-bad-tint p-3 text-sm">
      <p className="flex items-center gap-2 font-semibold text-bad">
        <TriangleAlert aria-hidden className="size-4 shrink-0" /> {what}
      </p>
      <p className="mt-1 text-pretty">
        <TextWithUrls>{brokerWords(error instanceof Error ? error.message : String(error))}</TextWithUrls>
      </p>
      {api === null ? null : (
        <p className="mt-1 flex flex-wrap gap-x-3 font-mono text-text-2 text-xs">
          <span>{api.code}</span>
          <span>{api.status === 0 ? 'no answer' : `HTTP ${api.status}`}</span>
          {api.url === null ? null : (
            <span className="min-w-0">
              <UrlText>{api.url.replace(/^https?:\/\//, '')}</UrlText>
            </span>
          )}
          {api.requestId === null ? null : <span>request {api.requestId}</span>}
          {api.outcome === 'unknown' ? <span className="text-bad">outcome unknown</span> : null}
        </p>
      )}
      {children}
      <div className="mt-2 flex flex-wrap gap-2">
        {onRetry === undefined ? null : (
          <Button size="sm" icon={<RotateCw />} onClick={onRetry}>
            Retry
          </Button>
        )}
        <CopyButton label="Copy details" text={() => `${what}\n${errorReport(error)}`} />
      </div>
    </div>
  )
}
