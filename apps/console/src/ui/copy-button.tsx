import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, IconButton } from './button.tsx'

/** Copies `text()`; says so for a moment, in the button. With `label` a button with text, else an icon named by `what`. */
export function CopyButton({
  text,
  what = 'Copy',
  label,
  size = 'sm',
}: {
  text: () => string
  what?: string
  label?: string
  size?: 'sm' | 'md'
}) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), 1_500)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () => void copyText(text()).then(setCopied)
  const icon = copied ? <Check /> : <Copy />
  if (label !== undefined) {
    return (
      <Button size={size} icon={icon} onClick={copy}>
        {copied ? 'Copied' : label}
      </Button>
    )
  }
  return (
    <IconButton label={copied ? 'Copied' : what} onClick={copy} className="!size-7 max-sm:!size-11 [&_svg]:!size-3.5">
      {icon}
    </IconButton>
  )
}

/** The clipboard API needs a secure context, and a console at http://10.0.0.5:5001 is none; the old way still works there. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.style.position = 'fixed'
    area.style.opacity = '0'
    const host = document.querySelector('dialog[open]') ?? document.body
    const focused = document.activeElement
    host.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    if (focused instanceof HTMLElement) focused.focus()
    return done
  }
}
