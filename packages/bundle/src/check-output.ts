import { BLOCK_MAX_BYTES, HitherError } from '@hither/core'
import type { Metafile } from 'esbuild'
import { failure, type TracedProblem } from './failure.ts'
import { ImportChains } from './import-chain.ts'
import { BIGGEST_INPUTS_NAMED } from './limits.ts'
import { portablePath } from './portable-path.ts'

type Output = Metafile['outputs'][string]

/** Looks whether what esbuild made can be a function. Throws `build-failed`. */
export function checkOutput(metafile: Metafile): Output {
  const outputs = Object.entries(metafile.outputs).filter(([path]) => !path.endsWith('.map'))
  const output = outputs.find(([, { entryPoint }]) => entryPoint !== undefined)?.[1]
  if (output === undefined) throw new HitherError('internal', 'esbuild gave no output')
  if (outputs.length > 1) {
    throw new HitherError('build-failed', 'the handler imports a stylesheet', {
      why: 'a function is one module; a stylesheet would be a second file that nobody serves',
      fix: "import it as text: import css from './style.css' with { type: 'text' }",
    })
  }
  checkImports(metafile, output)
  checkExports(output)
  checkSize(output)
  return output
}

/**
 * esbuild lets addresses be imported, and leaves that to the runtime; this one loads nothing. What else it leaves, it
 * found in no package but inside of `try`, or followed by `catch`: the handler does without.
 */
function checkImports(metafile: Metafile, output: Output): void {
  const left = new Set(output.imports.filter(isLost).map(({ path }) => path))
  if (left.size === 0) return
  const chains = new ImportChains(metafile)
  const problems = Object.entries(metafile.inputs).flatMap(([file, { imports }]): TracedProblem[] =>
    imports
      .filter((one) => one.external === true && left.has(one.path) && isLost(one))
      .map(({ path }) => ({
        text: `"${path}" cannot be bundled: only files and installed packages can`,
        file: portablePath(file),
        chain: chains.to(file),
      })),
  )
  throw failure(problems)
}

function isLost({ path, kind }: { path: string; kind: string }): boolean {
  return kind === 'import-statement' || /^(?:(?:https?:)?\/\/|data:)/.test(path)
}

function checkExports({ exports, entryPoint = '' }: Output): void {
  if (exports.length > 0) return
  throw new HitherError('build-failed', `${entryPoint} exports no handler`, {
    why: 'a handler is the default export, which answers requests, or functions exported by name, which are called by RPC',
    fix: "add: export default (request) => new Response('hello')",
  })
}

function checkSize({ bytes, inputs }: Output): void {
  if (bytes <= BLOCK_MAX_BYTES) return
  const biggest = Object.entries(inputs)
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, BIGGEST_INPUTS_NAMED)
    .map(([path, { bytesInOutput }]) => ({ file: portablePath(path), bytes: bytesInOutput }))
  throw new HitherError('build-failed', `the bundle has ${bytes} bytes; the limit is ${BLOCK_MAX_BYTES}`, {
    why: `most of it is ${biggest.map(({ file, bytes: size }) => `${file} (${size} bytes)`).join(', ')}`,
    fix: 'import less of it, or fetch large data when the function runs',
    data: { biggest },
  })
}
