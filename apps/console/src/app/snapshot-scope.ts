/** Pages that show nothing but what a snapshot holds: the state of the cluster and its journals, no message. */
const pages = [/^\/$/, /^\/topics$/, /^\/topics\/[^/]+\/(partitions|config)$/, /^\/brokers\/[^/]+$/]
const others = new Set(['/timeline', '/log', '/settings', '/__states'])

/** `path` is below the console's own. */
export function isInSnapshot(path: string): boolean {
  return others.has(path) || pages.some((page) => page.test(path))
}
