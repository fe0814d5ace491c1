import { readOptions, USAGE } from './options.ts'
import { json } from './report/json.ts'
import { table } from './report/table.ts'
import { readScenario, type Scenario } from './scenario.ts'
import { simulate } from './simulate.ts'

try {
  const args = process.argv.slice(2)
  const { scenario: file } = readOptions(args)
  const scenario = file === undefined ? undefined : await readScenario(file)
  // What is said here wins over what the file says.
  const options = readOptions([...argumentsOf(scenario), ...args])
  const startedAt = performance.now()
  const report = await simulate(options, () => performance.now(), scenario)
  const { user, system } = process.cpuUsage()
  const cost = {
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (user + system) / 1e6,
    maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
  const told = options.timeless ? report : { ...report, cost }
  console.log(options.json ? json(told) : table(told))
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(`${error.message}\n\n${USAGE}`)
  process.exitCode = 1
}

function argumentsOf(scenario: Scenario | undefined): string[] {
  return Object.entries(scenario?.options ?? {}).flatMap(([name, value]) => [`--${name}`, value])
}
