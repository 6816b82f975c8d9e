import { ChartNoAxesGantt, Download, LayoutDashboard, ListTree, ScrollText, Send, Settings } from 'lucide-react'

/** The pages of the rail, in its order. `key` follows `g`. */
export const destinations = [
  { to: '/', label: 'Overview', icon: LayoutDashboard, key: 'o' },
  { to: '/topics', label: 'Topics', icon: ListTree, key: 't' },
  { to: '/produce', label: 'Produce', icon: Send, key: 'p' },
  { to: '/consume', label: 'Consume', icon: Download, key: 'c' },
  { to: '/timeline', label: 'Timeline', icon: ChartNoAxesGantt, key: 'f' },
  { to: '/log', label: 'Log', icon: ScrollText, key: 'l' },
  { to: '/settings', label: 'Settings', icon: Settings, key: 's' },
] as const
