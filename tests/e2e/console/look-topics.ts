const send = (url: string, body: unknown): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

async function post(url: string, body: unknown): Promise<void> {
  const response = await send(url, body)
  if (!response.ok) console.log(`${url}: ${response.status} ${await response.text()}`)
}

/** Topics of several sizes, keys, numbers that a double would round, text and nothing. */
export async function seedTopics(url: string): Promise<void> {
  const topics = { orders: 6, payments: 3, server_metrics: 3, 'audit.log': 1, clickstream: 12 }
  for (const [name, partitions] of Object.entries(topics)) await post(`${url}/topics`, { name, partitions })
  for (const topic of Object.keys(topics)) {
    const records = Array.from({ length: topic === 'orders' ? 1_200 : 120 }, (_, index) => ({
      key: `customer-${index % 17}`,
      value: {
        id: index,
        total: Math.round(index * 1234.5) / 100,
        user: { id: 9_007_199_254_740_991 - index, name: 'Grete Hermann' },
        tags: ['new', topic],
        paid: index % 3 === 0,
        note: null,
      },
      headers: { 'trace-id': `4bf92f35${index}` },
    }))
    await post(`${url}/produce`, { topic, records })
  }
  for (const [name, partitions] of Object.entries({ shipments: 3, imports: 6, 'empty.topic': 3 }))
    await post(`${url}/topics`, { name, partitions })
  await post(`${url}/produce`, { topic: 'shipments', records: shipments(Date.now()) })
  await post(`${url}/topics`, { name: 'manuals', partitions: 1 })
  const steps = Array.from({ length: 13_000 }, (_, n) => ({
    step: n,
    text: `Turn wheel ${n % 7} until bell ${n % 11} rings.`,
    done: n % 3 === 0,
  }))
  await post(`${url}/produce`, { topic: 'manuals', value: { steps } })
  await post(`${url}/produce`, { topic: 'audit.log', records: [{ value: 'plain text' }, { value: null, key: 'gone' }] })
}

/** A day of messages, more of them by day than by night, in which each key has a story. */
function shipments(now: number): readonly object[] {
  const stages = ['packed', 'picked up', 'sorted', 'in transit', 'out for delivery', 'delivered']
  return Array.from({ length: 4_000 }, (_, index) => {
    const share = index / 4_000
    const key = index % 160
    const step = Math.floor(index / 160)
    return {
      key: `parcel-${key}`,
      timestamp: Math.round(now - 86_400_000 * (1 - (share + 0.06 * Math.sin(share * 4 * Math.PI)))),
      value: {
        parcel: 9_007_199_254_740_991 - key,
        status: stages[Math.min(step % 9, stages.length - 1)],
        hub: { city: ['Bremen', 'Kassel', 'Ulm'][(key + Math.floor(step / 2)) % 3], dock: (key * 7 + step) % 12 },
        weightKg: 1.5,
        ...(step % 9 === 3 ? { delayed: true, note: 'Snow on the road between Kassel and Ulm.' } : {}),
        tags: step % 2 === 0 ? ['parcel'] : ['parcel', 'scanned'],
      },
      headers: { 'scanner-id': `s-${index % 23}` },
    }
  })
}

/** Somebody who produces and somebody who reads, at one broker after the other, so that charts have lines. Failures are silent: a leader is stopped. */
export function startTraffic(urls: readonly string[]): () => void {
  let count = 0
  const timer = setInterval(() => {
    const url = urls[count % urls.length]!
    const size = 4 + Math.round(3 * Math.sin(count++ / 7) + Math.random() * 3)
    const records = Array.from({ length: size }, (_, index) => ({
      key: `customer-${(count + index) % 17}`,
      value: { count, at: new Date().toISOString() },
    }))
    const topic = ['orders', 'payments', 'clickstream'][Math.floor(Math.random() * 3)]
    send(`${url}/produce`, { topic, records }).catch(() => {})
    fetch(`${url}/consume?topic=orders&partition=${count % 6}&offset=earliest&limit=${5 + (count % 9)}`)
      .then((response) => response.text())
      .catch(() => {})
  }, 120)
  return () => clearInterval(timer)
}
