import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, IconButton } from './button.tsx'
import { copyText, notCopiedText } from './copy-text.ts'
import { toast } from './toast.tsx'

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
  const copy = () =>
    void copyText(text()).then((done) => {
      setCopied(done === 'copied')
      if (done !== 'copied') toast(notCopiedText(done), 'bad')
    })
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
