import { useNavigate, useRouter } from '@tanstack/react-router'
import type { Message } from '../lib/json/consume-text.ts'
import { resendProblem, resendSearch } from '../lib/resend.ts'
import { copyText, notCopiedText } from './copy-text.ts'
import { toast } from './toast.tsx'

/** Copies a text, and says so. */
export function copyAndSay(what: string, text: string): void {
  void copyText(text).then((done) => (done === 'copied' ? toast(`${what} copied.`) : toast(notCopiedText(done), 'bad')))
}

/** Where one message goes by key, on every page that shows messages. */
export function useMessageWays(): {
  readonly copyLink: (message: Message) => void
  readonly resend: (message: Message) => void
} {
  const router = useRouter()
  const navigate = useNavigate()
  const linkOf = ({ topic, partition, offset }: Message) => {
    const { href } = router.buildLocation({
      to: '/topics/$topic/$partition/$offset',
      params: { topic, partition: String(partition), offset: String(offset) },
    })
    return new URL(router.history.createHref(href), location.href).href
  }
  return {
    copyLink: (message) => copyAndSay('Link', linkOf(message)),
    resend: (message) => {
      const problem = resendProblem(message)
      if (problem === undefined) void navigate({ to: '/produce', search: resendSearch(message) })
      else toast(problem, 'bad')
    },
  }
}
