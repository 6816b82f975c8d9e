import { Fragment, type ReactNode } from 'react'
import { urlParts } from '../lib/url-parts.ts'
import { visibleParts } from './visible-text.tsx'

/** A URL that breaks behind its slashes, but for those before its host, and nowhere else, unless a part is wider than the line. A copy has it whole. */
export function UrlText({ children }: { children: string }) {
  return children.split(/(?<=[^/]\/)(?!\/)/).map((part, index) => (
    <Fragment key={index}>
      {index === 0 ? null : <wbr />}
      <span className="inline-block max-w-full break-all">{visibleParts(part)}</span>
    </Fragment>
  ))
}

/** Text from outside, as `VisibleText` has it, with URLs in it that break as `UrlText` does. */
export function TextWithUrls({ children }: { children: string }): ReactNode {
  return (
    <bdi>
      {urlParts(children).map(({ text, isUrl }, index) =>
        isUrl ? <UrlText key={index}>{text}</UrlText> : <Fragment key={index}>{visibleParts(text)}</Fragment>,
      )}
    </bdi>
  )
}
