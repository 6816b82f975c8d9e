import { Page } from '../ui/page.tsx'
import { states } from './state-fixtures.ts'

const pages = [
  '/',
  '/topics',
  '/topics/orders/messages',
  '/topics/orders/partitions',
  '/topics/orders/2/100',
  '/produce',
  '/produce/csv',
  '/consume',
  '/brokers/1',
  '/timeline',
  '/log',
  '/settings',
]

/** Every page in every global state, from fixtures: `?__state=` puts them in place of a cluster. For people, axe and pictures. */
export function StatesPage() {
  return (
    <Page title="States" documentTitle="States" lead="Each page in each state, without a cluster.">
      <table className="w-full max-w-4xl border-collapse text-left">
        <tbody>
          {pages.map((page) => (
            <tr key={page} className="border-b">
              <th scope="row" className="py-2 pr-4 font-medium font-mono text-xs">
                {page}
              </th>
              {states.map((state) => (
                <td key={state} className="py-2 pr-4">
                  {/* A whole load of the page: the state is chosen once, at the start. */}
                  <a href={`/console${page}?__state=${state}`} className="text-info underline underline-offset-2">
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
