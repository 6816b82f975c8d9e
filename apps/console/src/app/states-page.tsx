import { Page } from '../ui/page.tsx'
import { states } from './state-fixtures.ts'

/** What is on a page beside its first look stands in its address. */
const pages = [
  '/',
  '/topics',
  '/topics/orders/messages',
  '/topics/orders/messages?seek=oldest',
  '/topics/orders/messages?seek=oldest&m=0%400',
  '/topics/orders/messages?filter=value.status+%3D%3D+%22sorted%22',
  '/topics/orders/messages?filter=value.',
  '/topics/orders/messages?filter=%22nothing+has+this%22',
  '/topics/orders/partitions',
  '/topics/orders/partitions?open=%5B2%5D',
  '/topics/orders/config',
  '/topics/orders/2/1042',
  '/topics/orders/2/100',
  '/topics/orders/journey?key=parcel-7',
  '/topics/orders/journey?key=parcel-7&view=whole',
  '/topics/orders/journey?key=nobody',
  '/produce',
  '/produce/csv',
  '/produce/csv/no-such-job',
  '/consume',
  '/brokers/1',
  '/timeline',
  '/timeline?view=table',
  '/log',
  '/settings',
]

/** Every page in every global state, from fixtures: `?__state=` puts them in place of a cluster. For people, axe and pictures. */
export function StatesPage() {
  return (
    <Page title="States" documentTitle="States" lead="Each page in each state, without a cluster.">
      <table className="w-full max-w-6xl border-collapse text-left max-sm:block">
        <tbody className="max-sm:block">
          {pages.map((page) => (
            <tr key={page} className="border-b max-sm:flex max-sm:flex-wrap">
              <th scope="row" className="py-2 pr-4 font-medium font-mono text-xs max-sm:basis-full max-sm:break-all">
                {page}
              </th>
              {states.map((state) => (
                <td key={state} className="whitespace-nowrap py-2 pr-4">
                  {/* A whole load of the page: the state is chosen once, at the start. */}
                  <a
                    href={`/console${page}${page.includes('?') ? '&' : '?'}__state=${state}`}
                    className="-my-1 inline-block min-w-6 py-1 text-info underline underline-offset-2"
                  >
                    {state}
                  </a>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Page>
  )
}
