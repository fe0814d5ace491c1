import { readOptions, USAGE } from './options.ts'
import { table } from './report/table.ts'
import { simulate } from './simulate.ts'

try {
  const options = readOptions(process.argv.slice(2))
  const startedAt = performance.now()
  const report = await simulate(options, () => performance.now())
  const cost = {
    seconds: (performance.now() - startedAt) / 1000,
    maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
  const told = options.timeless ? report : { ...report, cost }
  console.log(options.json ? JSON.stringify(told) : table(told))
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(`${error.message}\n\n${USAGE}`)
  process.exitCode = 1
}
