import { Link, useNavigate } from '@tanstack/react-router'
import { ListTree } from 'lucide-react'
import { useNoWriteReason, usePeers, useSnapshot } from '../../data/hooks.ts'
import { yakClient, yakCommand } from '../../lib/produce-snippets.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Snippets } from '../../ui/code-block.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'

/** A new cluster: the first topic, the first message, from here or from code, with the addresses of this cluster. */
export function GettingStarted() {
  const { peers } = usePeers()
  const navigate = useNavigate()
  const noWriteReason = useNoWriteReason()
  const urls = peers.map(({ url }) => url)
  const first = urls[0] ?? location.origin
  if (useSnapshot() !== null) {
    return (
      <Card title="Partitions">
        <EmptyState icon={<ListTree />} title="No topic">
          The cluster had none when this snapshot was taken.
        </EmptyState>
      </Card>
    )
  }
  return (
    <Card title="A new cluster">
      <EmptyState
        icon={<ListTree />}
        title="No topic yet"
        action={
          <>
            <Button
              variant="primary"
              disabledReason={noWriteReason}
              onClick={() => void navigate({ to: '/topics', search: { create: true } })}
            >
              Create your first topic
            </Button>
            <Link to="/produce" className={buttonClass()}>
              Send a message
            </Link>
          </>
        }
        snippet={
          <Snippets
            snippets={[
              {
                name: 'SDK',
                code: `import { YakClient } from '@yak/client'

${yakClient(urls)}
const producer = yak.producer()
await producer.send({
  topic: 'orders',
  key: 'customer-7',
  value: { total: 19.9 },
})`,
              },
              {
                name: 'curl',
                code: `curl -L ${first}/produce -H 'content-type: application/json' \\
  -d '{"topic":"orders","key":"customer-7","value":{"total":19.9}}'`,
              },
              {
                name: 'CLI',
                code: yakCommand('produce', 'orders', [
                  `--brokers ${urls.join(',')}`,
                  '--key customer-7',
                  `--value '{"total":19.9}'`,
                ]),
              },
            ]}
          />
        }
      >
        A topic is made with its first message, or here with the partitions you want.
      </EmptyState>
    </Card>
  )
}
