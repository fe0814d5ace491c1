import { EXCLUDED_BY_DESIGN, EXCLUDED_FAILURES, EXCLUDED_WHERE_FAILING, whyExcluded } from './exclusions.ts'
import type { FileResult, Subtest } from './results.ts'
import type { TestFile } from './tests.ts'

export interface Count {
  passed: number
  of: number
  nodePassed: number
}

/** A subtest that failed in the isolate. */
export interface Failure {
  area: string
  file: string
  name: string
  message: string
  nodePassed: boolean
}

export interface Tally {
  total: Count
  /** The same, where what functions are not to have counts as well. */
  strict: Count
  areas: Record<string, Count>
  files: number
  /** Subtests that are not counted, by the reason. */
  excluded: Record<string, number>
  /** Those of what functions are not to have. */
  byDesign: Record<string, number>
  failures: Failure[]
  /** The names of those that passed in the isolate, by file. */
  passes: Map<string, Set<string>>
  /** Files without all of their results, and why. */
  troubles: string[]
}

export interface Pair {
  file: TestFile
  isolate: FileResult
  node: FileResult
}

/** Under this name a file fails that has no results at all. */
const WHOLE_FILE = '(the file)'

/** Counts both engines by the same subtests: what either of them reports, but for what is excluded. */
export function tally(pairs: Pair[]): Tally {
  const counts: Tally = {
    total: { passed: 0, of: 0, nodePassed: 0 },
    strict: { passed: 0, of: 0, nodePassed: 0 },
    areas: {},
    files: pairs.length,
    excluded: {},
    byDesign: {},
    failures: [],
    passes: new Map(),
    troubles: [],
  }
  for (const pair of pairs) addPair(counts, pair)
  return counts
}

function addPair(counts: Tally, { file, isolate, node }: Pair): void {
  const path = file.path + file.variant
  const [here, there] = [byName(isolate.subtests), byName(node.subtests)]
  if (isolate.trouble !== undefined) counts.troubles.push(`isolate: ${path}: ${isolate.trouble}`)
  if (node.trouble !== undefined) counts.troubles.push(`node: ${path}: ${node.trouble}`)
  if (here.size === 0 && there.size === 0) {
    there.set(WHOLE_FILE, { name: WHOLE_FILE, passed: false, message: node.trouble ?? 'no results' })
  }
  const names = new Set([...here.keys(), ...there.keys()])
  const passes = new Set<string>()
  counts.passes.set(path, passes)
  for (const name of names) {
    const mine = here.get(name) ?? missing(isolate)
    const nodes = there.get(name) ?? missing(node)
    const design = mine.passed ? undefined : whyExcluded(EXCLUDED_BY_DESIGN, `${name}: ${mine.message}`)
    const why = mine.passed || nodes.passed ? undefined : whyUncounted(file.path, name, mine, nodes)
    if (design !== undefined) {
      counts.byDesign[design] = (counts.byDesign[design] ?? 0) + 1
      add(counts.strict, mine, nodes)
      continue
    }
    if (why !== undefined) {
      counts.excluded[why] = (counts.excluded[why] ?? 0) + 1
      continue
    }
    add(counts.strict, mine, nodes)
    add((counts.areas[file.area] ??= { passed: 0, of: 0, nodePassed: 0 }), mine, nodes)
    add(counts.total, mine, nodes)
    if (mine.passed) passes.add(name)
    else counts.failures.push({ area: file.area, file: path, name, message: mine.message, nodePassed: nodes.passed })
  }
}

function add(count: Count, mine: Outcome, nodes: Outcome): void {
  count.of += 1
  count.passed += Number(mine.passed)
  count.nodePassed += Number(nodes.passed)
}

/** Of a subtest that failed in both. */
function whyUncounted(path: string, name: string, mine: Outcome, nodes: Outcome): string | undefined {
  return (
    whyExcluded(EXCLUDED_WHERE_FAILING, path) ??
    whyExcluded(EXCLUDED_FAILURES, name) ??
    whyExcluded(EXCLUDED_FAILURES, mine.message) ??
    whyExcluded(EXCLUDED_FAILURES, nodes.message)
  )
}

type Outcome = Pick<Subtest, 'passed' | 'message'>

function missing({ trouble }: FileResult): Outcome {
  return { passed: false, message: trouble ?? 'it did not run' }
}

/** Names repeat in some files: then the second is another. */
function byName(subtests: Subtest[]): Map<string, Subtest> {
  const named = new Map<string, Subtest>()
  for (const subtest of subtests) {
    let { name } = subtest
    for (let again = 2; named.has(name); again++) name = `${subtest.name} (${again})`
    named.set(name, subtest)
  }
  return named
}
