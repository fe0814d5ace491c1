import { HitherError } from '@hither/core'
import { build, type BuildOptions, type Message, type Plugin } from 'esbuild'
import { isBuiltin } from 'node:module'
import { resolve } from 'node:path'
import { ImportChains } from './import-chain.ts'
import { insteadOf, NODE_MODULES } from './node-modules.ts'
import { problemOf, say, type Problem } from './problem.ts'

/** A problem, and how the handler comes to import the file that has it. */
export interface TracedProblem extends Problem {
  chain: string[]
}

/** Why and what to do, for the failures that users meet most. */
interface Advice {
  why?: string
  fix?: string
}

/** What esbuild found wrong, as `build-failed`; `data.errors` has every problem. */
export async function buildFailed(errors: readonly Message[], options: BuildOptions): Promise<HitherError> {
  const chains = await traceWithout(errors, options)
  const problems = errors.map((message): TracedProblem => {
    const file = message.location?.file
    return { ...problemOf(message), chain: file === undefined || chains === undefined ? [] : chains.to(file) }
  })
  return failure(problems)
}

/** At least one problem. */
export function failure(problems: readonly TracedProblem[]): HitherError {
  const [first, ...more] = problems
  if (first === undefined) return new HitherError('internal', 'the build failed without saying why')
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`
  return new HitherError('build-failed', `${say(first)}${viaOf(first)}${others}`, {
    ...adviceFor(first.text),
    data: { errors: problems },
  })
}

function viaOf({ chain }: TracedProblem): string {
  return chain.length < 2 ? '' : `, imported by ${chain.join(' → ')}`
}

function adviceFor(text: string): Advice {
  const missing = /^Could not resolve "([^"]+)"/.exec(text)?.[1]
  if (missing !== undefined && isBuiltin(missing)) return adviceForNodejs(missing)
  if (missing !== undefined && /^[^./]/.test(missing)) return { fix: `install it: npm install ${missing}` }
  if (/^Cannot read file ".*": permission denied$/.test(text)) {
    return {
      why: 'packages are looked up from the handler’s folder to the top, and esbuild reads every package.json on the way',
      fix: 'let this user read it, or move the handler to a folder that is not below it',
    }
  }
  if (/^(?:No loader is configured for|No matching export in) ".*\.wasm\b/.test(text)) {
    return {
      why: 'what is imported from a .wasm file is a WebAssembly.Module, as the default export, not yet an instance',
      fix: "import module from './a.wasm', then new WebAssembly.Instance(module, imports).exports",
    }
  }
  return {}
}

function adviceForNodejs(specifier: string): Advice {
  const name = specifier.replace(/^node:/, '')
  const why = `"${specifier}" is a part of Node.js; a function runs on the web platform, where it does not exist`
  // With the flag, these are found.
  if (NODE_MODULES.includes(name)) {
    const flag = '{ "flags": ["nodejs_compat"] }'
    return { why, fix: `put ${flag} into the fn.json beside the handler, which brings it; or use a web API instead` }
  }
  return { why, fix: `use ${insteadOf(name)}, or a package that has a build for workers or browsers` }
}

/**
 * A failed build does not say what imports what. So it is built once more with the files in question emptied, which
 * leaves the chains to them. Undefined where even that fails: then the files alone must do.
 */
async function traceWithout(errors: readonly Message[], options: BuildOptions): Promise<ImportChains | undefined> {
  const folder = options.absWorkingDir ?? ''
  const files = new Set(errors.flatMap(({ location }) => (location === null ? [] : [resolve(folder, location.file)])))
  const empty: Plugin = {
    name: 'empty',
    setup: (builder) => {
      // As CommonJS, since any named import from it passes then.
      builder.onLoad({ filter: /.*/ }, ({ path }) =>
        files.has(path) ? { contents: 'module.exports = {}', loader: 'js' } : undefined,
      )
    },
  }
  try {
    const plugins = [empty, ...(options.plugins ?? [])]
    const { metafile } = await build({ ...options, metafile: true, write: false, plugins })
    return new ImportChains(metafile)
  } catch {
    // It has more wrong with it than was reported; the report stands without chains.
    return undefined
  }
}
