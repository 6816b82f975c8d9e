/** `node --conditions=@yak/source mutations-cli.ts [seeds] [filter]`: how many walks each mutation survives. */
import { mutations } from './mutations.ts'
import { walk } from './world/walk.ts'

const [seeds = '300', filter = ''] = process.argv.slice(2)
for (const { name, rule, rules, caughtBy } of mutations) {
  if (!`${rule} ${name}`.includes(filter)) continue
  const found: string[] = []
  const settings =
    'walk' in caughtBy
      ? [caughtBy.walk]
      : [
          { brokers: 2, minInsync: 1 },
          { brokers: 3, minInsync: 1 },
          { brokers: 3, minInsync: 2 },
        ]
  for (const setting of settings) {
    for (let seed = 1; seed <= Number(seeds); seed++) {
      const isEven = seed % 2 === 0
      const result = walk({ steps: 1_500, losesDisks: isEven, forgets: !isEven, ...setting, seed, rules })
      const what = result.violations[0] ?? (result.isStuck ? 'stuck' : undefined)
      if (what === undefined) continue
      found.push(`${setting.brokers}/${setting.minInsync} seed ${seed}: ${what.slice(0, 110).replace(/\n.*/s, '')}`)
      break
    }
  }
  console.log(
    `${found.length === 0 ? '----' : 'caught'} ◆${rule} ${name} ${found.map((one) => `\n        ${one}`).join('')}`,
  )
}
